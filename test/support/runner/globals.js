// Replaces '@jest/globals' in the test workers, and adds the time limits that the runner does not have.
const limitMs = 60_000;
const { expect, describe } = globalThis;

/** Fails a test or hook that exceeds its time limit, so that it does not block the complete run. */
const limited =
  (work, ms = limitMs) =>
  async (...row) => {
    let timer;
    const late = new Promise((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`The test took longer than its limit of ${ms} ms.`)), ms);
    });
    try {
      await Promise.race([work(...row), late]);
    } finally {
      clearTimeout(timer);
    }
  };

const limitedTest = (register) =>
  Object.assign((title, work, ms) => register(title, limited(work, ms)), {
    each:
      (...table) =>
      (title, work, ms) =>
        register.each(...table)(title, limited(work, ms)),
  });

// No `skip`: a test that cannot run everywhere belongs in test/soak.
const test = Object.assign(limitedTest(globalThis.test), { only: limitedTest(globalThis.test.only) });
const hook = (register) => (work, ms) => register(limited(work, ms));
const beforeAll = hook(globalThis.beforeAll);
const beforeEach = hook(globalThis.beforeEach);
const afterAll = hook(globalThis.afterAll);
const afterEach = hook(globalThis.afterEach);

export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test };
