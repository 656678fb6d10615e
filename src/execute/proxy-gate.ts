// Watches the beginning of an encrypted connection until no further name can be said in the clear: the hello must
// name the very host that the tunnel was opened to, and so must the second one that a server may ask for. Who could
// attack this: a run that says an allowed name first and another one in the second hello, or before it is asked.
import { isIP } from 'node:net';
import { readHello } from './proxy-hello.ts';
import { quoted } from './proxy-head.ts';

export type Passed = { readonly kind: 'pass'; readonly bytes: Uint8Array } | { readonly kind: 'refuse'; readonly why: string };

const HEADER = 5;
const ALERT = 21;
const HANDSHAKE = 22;
const CIPHER_CHANGE = 20;
const DATA = 23;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const MESSAGE_HEADER = 4;
const MOST_HELLO = 64 * 1024;
const MOST_RECORD = 16_384 + 256;
/** Header, message header, version, random. */
const FIRST_WORDS = HEADER + MESSAGE_HEADER + 2 + 32;
/** The random of a server that asks for another hello (RFC 8446 4.1.3). */
const RETRY = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

export class TlsGate {
  readonly #host: string;
  /** What the client may say next; `anything`: the rest is encrypted or of no consequence. */
  #expects: 'hello' | 'early-data' | 'second-hello' | 'anything' = 'hello';
  /** Of the client: the beginning of a record, and whole records that don't go on yet. */
  #unread: Uint8Array = new Uint8Array(0);
  #held: Uint8Array = new Uint8Array(0);
  /** Handshake messages are cut into records anywhere. */
  #hello: Uint8Array = new Uint8Array(0);
  /** The host's first words; null once they were understood. */
  #server: Uint8Array | null = new Uint8Array(0);

  /** @param host as parseHost reads it. */
  constructor(host: string) {
    this.#host = host;
  }

  /** False while the client's first words aren't whole. */
  isGreeted(): boolean {
    return this.#expects !== 'hello';
  }

  /** @returns what may go on to the host now; what isn't whole yet is kept. */
  fromClient(chunk: Uint8Array): Passed {
    if (this.#isOpen()) return { kind: 'pass', bytes: chunk };
    let rest = join(this.#unread, chunk);
    while (!this.#isOpen() && rest.length >= HEADER) {
      const [type = 0, major = 0, , high = 0, low = 0] = rest;
      const end = HEADER + high * 256 + low;
      if (major !== 3 || end > HEADER + MOST_RECORD || end === HEADER) return refuse('what was sent is not TLS');
      if (rest.length < end) break;
      const why = this.#readRecord(type, rest.subarray(HEADER, end));
      if (why !== null) return refuse(why);
      this.#held = join(this.#held, rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    this.#unread = this.#isOpen() ? new Uint8Array(0) : rest;
    // Nothing of a hello goes on before all of it was read.
    if (this.#hello.length > 0) return { kind: 'pass', bytes: new Uint8Array(0) };
    const bytes = this.#isOpen() ? join(this.#held, rest) : this.#held;
    this.#held = new Uint8Array(0);
    return { kind: 'pass', bytes };
  }

  /** @returns what may go on to the client now. */
  fromServer(chunk: Uint8Array): Uint8Array {
    if (this.#server === null || !this.isGreeted()) return chunk;
    const heard = join(this.#server, chunk);
    this.#server = heard;
    const isHello = heard[0] === HANDSHAKE && (heard.length <= HEADER || heard[HEADER] === SERVER_HELLO);
    if (isHello && heard.length < FIRST_WORDS) return new Uint8Array(0);
    this.#server = null;
    const isRetry = isHello && Buffer.from(heard.subarray(FIRST_WORDS - 32, FIRST_WORDS)).toString('hex') === RETRY;
    this.#expects = isRetry ? 'second-hello' : 'anything';
    return heard;
  }

  /** What the host said before it ended, too little to be understood. */
  left(): Uint8Array {
    return this.#server ?? new Uint8Array(0);
  }

  #isOpen(): boolean {
    return this.#expects === 'anything';
  }

  /** @returns why not, or null. */
  #readRecord(type: number, body: Uint8Array): string | null {
    if (type !== HANDSHAKE) {
      const isBetween = this.#expects !== 'hello' && this.#hello.length === 0;
      return isBetween && (type === CIPHER_CHANGE || type === DATA || type === ALERT) ? null : 'what was sent is not TLS';
    }
    if (this.#expects === 'early-data') return 'a second hello was sent before the host asked for one';
    this.#hello = join(this.#hello, body);
    if (this.#hello.length < MESSAGE_HEADER) return null;
    const [kind = 0, a = 0, b = 0, c = 0] = this.#hello;
    const length = a * 65_536 + b * 256 + c;
    if (kind !== CLIENT_HELLO || length > MOST_HELLO) return 'what was sent is not a hello of TLS';
    if (this.#hello.length < MESSAGE_HEADER + length) return null;
    // More in the same record would be a message that nobody expects here.
    const why = this.#hello.length > MESSAGE_HEADER + length ? 'more than a hello was sent' : this.#wrongName(this.#hello.subarray(MESSAGE_HEADER));
    this.#hello = new Uint8Array(0);
    this.#expects = this.#expects === 'hello' ? 'early-data' : 'anything';
    return why;
  }

  #wrongName(body: Uint8Array): string | null {
    const hello = readHello(body);
    if (hello === null) return 'the hello of TLS can’t be read';
    if (hello.isHidden) return 'the hello of TLS may hide another name (ECH); a client has to be told not to';
    // A host named by its address is known by no name.
    if (hello.name === null) return isIP(this.#host) !== 0 ? null : 'the hello of TLS names no host';
    return hello.name.toLowerCase() === this.#host ? null : `TLS asks for ${quoted(hello.name)}, the tunnel is to ${this.#host}`;
  }
}

function refuse(why: string): Passed {
  return { kind: 'refuse', why };
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.length === 0 ? b : b.length === 0 ? a : Buffer.concat([a, b]);
}
