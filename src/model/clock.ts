// Time, read in one place. Expiry fails closed: a clock that went back expires what was made "later".

export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Small corrections of the clock are normal; more than this back counts as expired. Milliseconds. */
export const CLOCK_SLACK = 60_000;

export function isExpired(now: number, made: number, expires: number): boolean {
  return now >= expires || now < made - CLOCK_SLACK;
}

/** RFC 3339 in UTC with milliseconds. */
export function timeText(now: number): string {
  return new Date(now).toISOString();
}
