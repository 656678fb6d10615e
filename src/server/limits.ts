// How much anybody may ask of the server before it says no. Loopback is no excuse: any program and any web page of
// this machine can connect (THREATS 29).

export interface Limits {
  /** Sockets at once. The oldest one without a good credential makes room for a new one. */
  readonly sockets: number;
  /** Event streams at once. */
  readonly streams: number;
  /** Bytes of all headers together, and their number. */
  readonly headerBytes: number;
  readonly headers: number;
  /** Characters of path and query: room for the longest path of a file, all of it escaped. */
  readonly target: number;
  /** Bytes of a body, and of one that is a file. */
  readonly body: number;
  readonly upload: number;
  /** Levels of nested JSON. */
  readonly depth: number;
  /** Milliseconds until the headers, the whole request, and one whose body is a file, must be here. */
  readonly headersWithin: number;
  readonly requestWithin: number;
  readonly uploadWithin: number;
  /** Wrong credentials a minute, after which wrong ones are turned away unread. */
  readonly wrongs: number;
}

export const LIMITS: Limits = {
  sockets: 256,
  streams: 16,
  headerBytes: 16 * 1024,
  headers: 64,
  target: 13_000,
  body: 1024 * 1024,
  upload: 64 * 1024 ** 3,
  depth: 32,
  headersWithin: 5_000,
  requestWithin: 15_000,
  uploadWithin: 3_600_000,
  wrongs: 30,
};
