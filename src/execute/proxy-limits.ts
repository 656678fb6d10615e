// Ceilings of a run's way to hosts. They guard this process against the run and against the hosts; how long the
// run may last and what it may write is for the sandbox's own limits.

export interface ProxyLimits {
  /** Milliseconds until the head of a request, or the first words of an encrypted one, are whole. */
  readonly head: number;
  /** Milliseconds to resolve a name and to connect. */
  readonly connect: number;
  /** Milliseconds without a byte. */
  readonly idle: number;
  /** Bytes of the head of a request, and of an answer. */
  readonly headBytes: number;
  readonly headers: number;
  /** At one time. */
  readonly connections: number;
  /** Requests of a run, and the characters of their names and paths: all of them are kept on record. */
  readonly uses: number;
  readonly words: number;
  /** Both ways, together. */
  readonly bytes: number;
}

const KIB = 1024;

export const PROXY_LIMITS: ProxyLimits = {
  head: 10_000,
  connect: 15_000,
  idle: 300_000,
  headBytes: 32 * KIB,
  headers: 200,
  connections: 128,
  uses: 20_000,
  words: 4 * KIB * KIB,
  bytes: 16 * KIB * KIB * KIB,
};
