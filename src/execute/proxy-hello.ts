// Reads the first words of a TLS client (ClientHello, RFC 8446 4.1.2 and RFC 6066 3), to know which name it asks for.
// Nothing is decrypted. What isn't exactly well-formed is no hello: the host might read it in another way.

export interface Hello {
  /** The name as it stands there; null when it names none. */
  readonly name: string | null;
  /** True when another name may be hidden inside (Encrypted ClientHello). */
  readonly isHidden: boolean;
}

const SERVER_NAME = 0;
const ENCRYPTED_HELLO = 0xfe0d;
const HOST_NAME = 0;

/** @param body of the handshake message, without its type and length. @returns null when it is none. */
export function readHello(body: Uint8Array): Hello | null {
  const reader = new Reader(body);
  reader.skip(2 + 32); // version, random
  reader.list(1); // session
  reader.list(2); // ciphers
  reader.list(1); // compression
  // A hello of before extensions names no host.
  const extensions = reader.rest() === 0 ? new Reader(new Uint8Array(0)) : new Reader(reader.list(2));
  if (reader.isBroken || reader.rest() > 0) return null;
  let name: string | null = null;
  let isHidden = false;
  const seen = new Set<number>();
  while (extensions.rest() > 0) {
    const type = extensions.number(2);
    const data = extensions.list(2);
    if (extensions.isBroken || seen.has(type)) return null;
    seen.add(type);
    if (type === ENCRYPTED_HELLO) isHidden = true;
    if (type !== SERVER_NAME) continue;
    name = readServerName(data);
    if (name === null) return null;
  }
  return { name, isHidden };
}

/** Exactly one entry, of the one type that there is. */
function readServerName(data: Uint8Array): string | null {
  const outer = new Reader(data);
  const entries = new Reader(outer.list(2));
  const type = entries.number(1);
  const name = entries.list(2);
  if (outer.isBroken || entries.isBroken || outer.rest() > 0 || entries.rest() > 0 || type !== HOST_NAME || name.length === 0) return null;
  return Buffer.from(name).toString('latin1');
}

/** Past its end it gives zeros and empty lists, and says that it is broken. */
class Reader {
  isBroken = false;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  rest(): number {
    return this.#bytes.length - this.#at;
  }

  skip(count: number): void {
    this.#take(count);
  }

  /** Big-endian. */
  number(width: number): number {
    return this.#take(width).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** Bytes with their length, of so many bytes, before them. */
  list(width: number): Uint8Array {
    return this.#take(this.number(width));
  }

  #take(count: number): Uint8Array {
    if (count > this.rest()) {
      this.isBroken = true;
      this.#at = this.#bytes.length;
      return new Uint8Array(0);
    }
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}
