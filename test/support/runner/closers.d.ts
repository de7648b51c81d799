export declare const closers: (() => Promise<void>)[];
