/** Every wrong setting at once, a sentence each: the variable, its fault, an example of a right value. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
  }
}
