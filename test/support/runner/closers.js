/** Closes what the test files of this worker share. Needed where the tests run in the process of Jest itself (`-i`). */
export const closers = [];
