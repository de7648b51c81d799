/** Closes shared resources of the test files of this worker. Required if the tests run in the process of Jest (`-i`). */
export const closers = [];
