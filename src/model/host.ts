// A host with its port, as a person names it for a run and as a request names it: one exact spelling each. It
// refuses every other one: wildcards, other forms of an address, names that aren't plain ASCII, a dot at the end.

/** `host`: a name in lower case, or an address without brackets, in its shortest form. */
export interface HostRule {
  readonly host: string;
  readonly port: number;
}

export type HostRead = { readonly kind: 'host'; readonly rule: HostRule } | { readonly kind: 'wrong'; readonly why: string };

const LONGEST = 253;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** Where a name ends like this, some programs read it as an address (`127.1`, `0x7f000001`, `2130706433`). */
const NUMBER = /^(?:\d+|0x[0-9a-f]*)$/;
/** In decimal, without zeros before a number. */
const FOUR = /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;
const PORT = /^[1-9]\d{0,4}$/;
const MOST_PORT = 65_535;

/**
 * Reads `registry.example:443`, `[2001:db8::1]:8080` or `localhost:3000`.
 * @param usual the port where none is written; null: one must be. For a person's words it is 443: unencrypted is asked for by `:80`.
 */
export function parseHost(text: string, usual: number | null): HostRead {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/s.exec(text);
  if (match === null) return wrong('it is not of the form host:port');
  const [, written = '', number] = match;
  const port = number === undefined ? usual : PORT.test(number) && Number(number) <= MOST_PORT ? Number(number) : undefined;
  if (port === undefined) return wrong('its port is not a number from 1 to 65535');
  if (port === null) return wrong('it has no port');
  const host = written.startsWith('[') ? readSix(written.slice(1, -1)) : readName(written.toLowerCase());
  return typeof host === 'string' ? { kind: 'host', rule: { host, port } } : host;
}

/** As parseHost reads it. */
export function printHost({ host, port }: HostRule): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export function isSameHost(a: HostRule, b: HostRule): boolean {
  return a.host === b.host && a.port === b.port;
}

type Wrong = Extract<HostRead, { readonly kind: 'wrong' }>;

function wrong(why: string): Wrong {
  return { kind: 'wrong', why };
}

function readName(name: string): string | Wrong {
  if (name === '') return wrong('it names no host');
  if (name.includes('@')) return wrong('it holds a user name or a password');
  if (name.includes('*')) return wrong('it is a pattern: each host is named by itself');
  if (/[^\x21-\x7e]/.test(name)) return wrong('it is not plain ASCII: an international name is written in its xn-- form');
  if (FOUR.test(name)) return /^(?:0|22[4-9]|2[345]\d)\./.test(name) ? wrong('it is not the address of one host') : name;
  const labels = name.split('.');
  if (labels.at(-1) === '') return wrong('it ends in a dot');
  if (NUMBER.test(labels.at(-1) ?? '')) return wrong('it is neither a name nor an address in its usual form');
  if (name.length > LONGEST || !labels.every((label) => LABEL.test(label))) return wrong('it is not the name of a host');
  return name;
}

function readSix(address: string): string | Wrong {
  const url = `http://[${address}]/`;
  if (!/^[\da-f:.]+$/i.test(address) || !URL.canParse(url)) return wrong('what stands in brackets is not an address');
  const short = new URL(url).hostname.slice(1, -1);
  // The same host by another road: it would pass by a rule that was meant for, or against, the IPv4 address.
  if (short.startsWith('::ffff:')) return wrong('it is an IPv4 address in disguise: it is written as one');
  return short === '::' || short.startsWith('ff') ? wrong('it is not the address of one host') : short;
}
