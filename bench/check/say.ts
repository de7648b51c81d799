/** Prints a result of the check. */
export const say = (line: string) => process.stdout.write(`${line}\n`);

/** Prints a progress message with the elapsed time. */
export const note = (line: string) =>
  process.stderr.write(`${(performance.now() / 1_000).toFixed(1).padStart(6)} s  ${line}\n`);
