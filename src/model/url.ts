// A URL as something to be fetched: one exact spelling each, that of the WHATWG standard. It refuses what isn't the web,
// what holds a credential, and what would be drawn as something else than it is.
import { parseHost, type HostRule } from './host.ts';

export type UrlRead =
  /** `url` is canonical: what is read from it again is the same. `host` has always a port. */
  | { readonly ok: true; readonly url: string; readonly host: HostRule; readonly secure: boolean }
  | { readonly ok: false; readonly error: string };

/** Characters of a URL. Longer ones carry data, or are a mistake. */
export const LONGEST_URL = 2048;

/** Reads what a model or a server wrote. The fragment is dropped, since no server hears it. Never throws. */
export function readUrl(text: string): UrlRead {
  if (text === '') return refuse('the URL is empty');
  if (text.length > LONGEST_URL) return refuse(`the URL has ${text.length} characters; at most ${LONGEST_URL} are fetched`);
  // Standards drop some of these without a word, and others hide what stands behind them.
  if (/[\s\p{Cc}\p{Cf}\\]/u.test(text) || !text.isWellFormed()) return refuse('the URL holds a space, a backslash or an invisible character; write such as %20');
  if (!/^https?:\/\//i.test(text)) return refuse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? 'only http and https are fetched' : 'the URL does not begin with https:// or http://');
  if (!URL.canParse(text)) return refuse('it is no URL');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return refuse('the URL holds a user name or a password, which is not sent');
  url.hash = '';
  const secure = url.protocol === 'https:';
  const host = parseHost(url.port === '' ? url.hostname : url.host, secure ? 443 : 80);
  if (host.kind === 'wrong') return refuse(`its host: ${host.why}`);
  if (url.href.length > LONGEST_URL) return refuse(`the URL has ${url.href.length} characters when it is written out; at most ${LONGEST_URL} are fetched`);
  return { ok: true, url: url.href, host: host.rule, secure };
}

function refuse(error: string): UrlRead {
  return { ok: false, error };
}
