const text = JSON.stringify(Array.from({ length: 1_500 }, (_, n) => ({ n, name: `value ${n}`, parts: [n, n + 1] })));
let best = Number.POSITIVE_INFINITY;

/** Returns the CPU time of this process during `work`, in milliseconds. */
export async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Returns the CPU time of a fixed task. It rises if other programs share the units and the cache of the processor. */
async function yardstickMs(): Promise<number> {
  const ms = await cpuMs(() => {
    for (let n = 0; n < 2; n++) JSON.stringify(JSON.parse(text));
  });
  best = Math.min(best, ms);
  return ms;
}

/**
 * Returns the CPU time of `work` in milliseconds: the median of five runs (in the short form the smallest of three such medians), after two warm-up runs. Other
 * programs on a shared machine can double the CPU time. Each time is therefore divided by the slowdown of a
 * fixed task before and after it.
 */
export async function medianCpuMs(work: () => unknown): Promise<number> {
  const medians: number[] = [];
  // The short form runs on shared machines, where other programs only increase a time: it uses the smallest of three medians.
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
