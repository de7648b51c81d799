/** All invalid settings, one sentence each: the variable, its error, and an example of a valid value. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
  }
}
