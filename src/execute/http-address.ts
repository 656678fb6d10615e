// Says whether an address is on this machine, from the text of the URL alone: no DNS, no interfaces.
// Refuses to be clever: a spelling that isn't one of three plain ones counts as remote.
import type { Locality } from '../model/action.ts';

/**
 * Exactly `localhost`, a dotted-decimal 127.0.0.0/8 or `[::1]`, with an optional port and a plain path.
 * The raw text is matched, not a parsed URL, because URL parsers turn `2130706433`, `0x7f.1` and `127.1`
 * into 127.0.0.1 (THREATS 19). Who could attack this: a name that resolves to loopback today and to a
 * cloud tomorrow, `localhost.`, `0.0.0.0`, `[::ffff:127.0.0.1]`; all of them are remote here.
 */
const LOCAL = /^https?:\/\/(?:localhost|127\.(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])(?:\.(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){2}|\[::1\])(?::\d{1,5})?(?:\/[\w.~/-]*)?$/i;

/** `local` for loopback, spelled plainly; `remote` for everything else. */
export function localityOf(url: string): Locality {
  return LOCAL.test(url) ? 'local' : 'remote';
}

/** The Host header that a local server accepts: Text Generation WebUI takes `localhost` and `127.0.0.1` only. */
export function hostHeader(url: URL): string {
  if (localityOf(url.href) === 'remote' || url.hostname === '127.0.0.1') return url.host;
  return url.port === '' ? 'localhost' : `localhost:${url.port}`;
}

/** The addresses of `localhost`, by us and never by a resolver, in the order in which they are tried. */
export const LOOPBACK = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
] as const;
