const text = JSON.stringify(Array.from({ length: 1_500 }, (_, n) => ({ n, name: `value ${n}`, parts: [n, n + 1] })));
let best = Number.POSITIVE_INFINITY;

/** CPU time of this process during `work`, in milliseconds. */
export async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** CPU time of a fixed piece of work, which is that of other programs on the processor too: they share its units and cache. */
async function yardstickMs(): Promise<number> {
  const ms = await cpuMs(() => {
    for (let n = 0; n < 2; n++) JSON.stringify(JSON.parse(text));
  });
  best = Math.min(best, ms);
  return ms;
}

/**
 * CPU time of `work` in milliseconds: the median of five (in the short form the least of three), after two that are not counted. What a virtual machine loses to its
 * neighbours is CPU time too, up to twice as much of it, and not that of `work`. So each time is divided by how much slower a
 * fixed piece of work is before and after it than at its best.
 */
export async function medianCpuMs(work: () => unknown): Promise<number> {
  const medians: number[] = [];
  // The short form runs on shared machines, whose neighbours can only add to a time: it takes the least of three medians.
  const count = process.env.SOAK === 'short' ? 3 : 1;
  for (let n = 0; n < count; n++) medians.push(await medianOfFive(work));
  return Math.min(...medians);
}

async function medianOfFive(work: () => unknown): Promise<number> {
  for (let n = 0; n < 2; n++) await work();
  if (best === Number.POSITIVE_INFINITY) for (let n = 0; n < 200; n++) await yardstickMs();
  const times: number[] = [];
  for (let n = 0; n < 5; n++) {
    const before = await yardstickMs();
    const ms = await cpuMs(work);
    const slowness = (before + (await yardstickMs())) / 2 / best;
    times.push(ms / slowness);
  }
  return times.sort((a, b) => a - b)[2] as number;
}
