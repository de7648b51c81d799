/** What the checker found: a line of its printout. */
export const say = (line: string) => process.stdout.write(`${line}\n`);

/** What happens when, for whoever watches. */
export const note = (line: string) =>
  process.stderr.write(`${(performance.now() / 1_000).toFixed(1).padStart(6)} s  ${line}\n`);
