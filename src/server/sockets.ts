// Bounds the number of open sockets. A flood of them pushes out its own oldest ones; a socket over which a good
// credential came stays.
import type { Duplex } from 'node:stream';

export class Sockets {
  readonly #most: number;
  /** In order of arrival. */
  readonly #strangers = new Set<Duplex>();
  readonly #friends = new Set<Duplex>();

  constructor(most: number) {
    this.#most = most;
  }

  add(socket: Duplex): void {
    if (this.#strangers.size + this.#friends.size >= this.#most) {
      const [oldest] = this.#strangers;
      (oldest ?? socket).destroy();
      if (oldest === undefined) return;
      this.#strangers.delete(oldest);
    }
    this.#strangers.add(socket);
    socket.once('close', () => {
      this.#strangers.delete(socket);
      this.#friends.delete(socket);
    });
  }

  prove(socket: Duplex): void {
    if (this.#strangers.delete(socket)) this.#friends.add(socket);
  }
}
