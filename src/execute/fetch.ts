// Reads a URL for the person or the model: GET without credentials, only to the host that the URL names, redirects only
// within its own origin. Whatever comes back, an error too, is from outside. It refuses what isn't text.
import { STATUS_CODES } from 'node:http';
import type { Fetch } from '../model/action.ts';
import { NO_EFFECTS, type Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import type { Watch } from '../model/live.ts';
import type { LimitHit } from '../model/outcome.ts';
import { readUrl, type UrlRead } from '../model/url.ts';
import { visible } from '../model/visible.ts';
import { askUrl, FETCH_LIMITS, type FetchLimits, type FetchWay, type Heard } from './fetch-ask.ts';
import { fetchLabel } from './fetch-label.ts';
import { textOfBytes, textType, typeWords } from './fetch-text.ts';
import type { Foreseen, Landed } from './landing.ts';
import { dialAddresses, resolveName } from './proxy-reach.ts';

/** Characters that a model is given at once, and those of an answer that is an error. */
const SHOWN = 32 * 1024;
const SHOWN_OF_ERROR = 2000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const SYSTEM: FetchWay = { resolve: resolveName, dial: dialAddresses };

type Target = Extract<UrlRead, { readonly ok: true }>;

/** Asks nothing yet. Throws `fetch.url` for what isn't a URL in its canonical form: then it isn't what was judged. */
export function foreseeFetch(action: Fetch, way: FetchWay = SYSTEM, limits: FetchLimits = FETCH_LIMITS): Foreseen {
  return { effects: effectsOf(targetOf(action)), command: null, land: (granted, watch) => fetchNow(granted, watch, way, limits) };
}

function targetOf({ url }: Fetch): Target {
  const read = readUrl(url);
  if (!read.ok) throw new Fault('fetch.url', read.error, 'give another URL');
  if (read.url !== url) throw new Fault('fetch.url', 'the URL is not in its canonical form', `write ${read.url}`);
  return read;
}

/** The one request that a person says yes to; within its origin it may be led on. */
function effectsOf({ url, host }: Target): Effects {
  const { pathname, search } = new URL(url);
  return { ...NO_EFFECTS, network: [{ method: 'GET', host: host.host, port: host.port, path: `${pathname}${search}`, status: null, sent: 0, received: 0, verdict: 'allowed', why: '' }] };
}

async function fetchNow(action: { readonly kind: string }, watch: Watch, way: FetchWay, limits: FetchLimits): Promise<Landed> {
  if (!isFetch(action)) throw new Error('the granted action is of another kind than the foreseen one');
  const late = AbortSignal.timeout(limits.time);
  const signal = AbortSignal.any([watch.signal, late]);
  const end = (kind: 'done' | 'failed', text: string, body: Uint8Array | null = null, limit?: LimitHit, cut = false): Landed => ({
    outcome: { kind, text, label: fetchLabel(action), duration: 0, ...(limit === undefined ? {} : { limits: [limit] }) },
    output: body === null || body.length === 0 ? null : body, ...(cut ? { cut } : {}),
  });
  let target = targetOf(action);
  const ended = (): [text: string, body: null, limit: LimitHit] =>
    watch.signal.aborted ? ['The fetch was cancelled.', null, 'cancelled'] : [`${target.url} took longer than ${limits.time / 1000} seconds, so it was given up.`, null, 'time'];
  for (let led = 0; ; led++) {
    const asked = await askUrl(target, way, limits, signal, (status, type) => textType(type) !== null && !REDIRECTS.has(status));
    if (signal.aborted) return end('failed', ...ended());
    if (asked.kind === 'failed') return end('failed', `${target.url} wasn’t read: ${asked.why}.`);
    const { heard } = asked;
    if (REDIRECTS.has(heard.status)) {
      const next = ledTo(heard, target, led < limits.redirects);
      if (typeof next === 'string') return end('failed', next);
      target = next;
      continue;
    }
    const said = await words(action, target, heard, limits, signal);
    if (signal.aborted) return end('failed', ...ended());
    return end(said.ok ? 'done' : 'failed', said.text, heard.body, undefined, said.ok && said.cut);
  }
}

function isFetch(action: { readonly kind: string }): action is Fetch {
  return action.kind === 'fetch';
}

/** Where to ask next, or the words why not. Another origin was never judged, so it is another fetch. */
function ledTo({ status, location }: Heard, from: Target, mayGoOn: boolean): Target | string {
  // Headers are bytes; what isn't ASCII in them is UTF-8, where it is anything.
  const said = Buffer.from(location, 'latin1').toString();
  const led = `${from.url} redirects (${status}) to`;
  if (said === '') return `${led} nowhere.`;
  const to: UrlRead = URL.canParse(said, from.url) ? readUrl(new URL(said, from.url).href) : { ok: false, error: 'it is no URL' };
  if (!to.ok) return `${led} ${visible(said.slice(0, 300))}, which can’t be fetched: ${to.error}.`;
  if (new URL(to.url).origin !== new URL(from.url).origin) return `${led} another place: ${to.url}\nIt was not followed. Fetch that URL if you need it.`;
  return mayGoOn ? to : `${from.url} was led on too many times (${status}), last to ${to.url}.`;
}

type Said = { readonly ok: true; readonly text: string; readonly cut: boolean } | { readonly ok: false; readonly text: string };

async function words(action: Fetch, { url }: Target, heard: Heard, { bytes }: FetchLimits, signal: AbortSignal): Promise<Said> {
  const { status, contentType, body, cut } = heard;
  const type = textType(contentType);
  const isGood = status >= 200 && status < 300;
  const text = type === null ? null : textOfBytes(body, contentType, cut);
  const answered = `${url} answered ${status}${STATUS_CODES[status] === undefined ? '' : ` (${STATUS_CODES[status]})`}`;
  if (text === null) return { ok: false, text: isGood ? `${url} is ${typeWords(contentType)}${type === null ? '' : ', but its bytes are no text'}; only text is fetched.` : `${answered}, with nothing to be read.` };
  // What is passed on unread is what was sent, and all of it.
  if (isGood && action.keep === true) return cut ? { ok: false, text: `${url} is longer than ${bytes.toLocaleString('en')} bytes, so it isn’t kept.` } : { ok: true, text, cut: false };
  const page = type === 'html' ? await (await import('./fetch-page.ts')).pageText(text, url, signal) : { text, whole: true };
  if (!isGood) return { ok: false, text: `${answered}:\n${page.text.slice(0, SHOWN_OF_ERROR)}${page.text.length > SHOWN_OF_ERROR ? '…' : ''}` };
  const more = [
    ...(page.text.length > SHOWN ? [`${(page.text.length - SHOWN).toLocaleString('en')} more characters; fetch it with keep and write it to a file to get at them`] : []),
    ...(page.whole ? [] : ['the rest is nested too deeply to be read']),
    ...(cut ? [`the page is longer than ${bytes.toLocaleString('en')} bytes`] : []),
  ];
  const head = `${url} (${typeWords(contentType)}${page.text === '' ? ', empty' : ''})`;
  return { ok: true, cut: more.length > 0, text: [head, ...(page.text === '' ? [] : [page.text.slice(0, SHOWN).toWellFormed()]), ...(more.length === 0 ? [] : [`[left out: ${more.join('; ')}]`])].join('\n') };
}
