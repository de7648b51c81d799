/** Milliseconds of a minute. */
export const minuteMs = 60_000;
/** Milliseconds of an hour. */
export const hourMs = 60 * minuteMs;
/** Milliseconds of a day. */
export const dayMs = 24 * hourMs;
/** Seconds of a day. */
export const daySeconds = dayMs / 1_000;

/** Tolerated difference between the clocks of the server and of an IdP, in seconds. */
export const clockSkewSeconds = 60;
/** Tolerated difference between the clocks of the server and of an IdP, in milliseconds. */
export const clockSkewMs = clockSkewSeconds * 1_000;
