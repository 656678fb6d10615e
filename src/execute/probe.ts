// Finds model servers: asks a URL, or the well-known ports of this machine, and tells by the answers what is
// there. Sends nothing but GETs, and nothing at all to another machine unless told that a rule allows it.
import { Fault, wordsOf } from '../model/fault.ts';
import { baseUrl, type Dialect, type Endpoint } from '../providers/endpoint.ts';
import { isLocked, type Answered, type ServerKind } from '../providers/answers.ts';
import { FIRST_ROUTES, kindOf, SERVER_KINDS, suspects } from '../providers/fingerprint.ts';
import { endpointOf, type Found } from '../providers/found.ts';
import { parseLoose } from '../providers/loose.ts';
import { callHttp, type HttpLimits, type ModelKey } from './http.ts';
import { localityOf } from './http-address.ts';

/** Text Generation WebUI, llama.cpp (old and new), Ollama, LM Studio, vLLM, KoboldCpp, Jan, SGLang. */
export const WELL_KNOWN_PORTS: readonly number[] = [5000, 8080, 9931, 11434, 1234, 8000, 5001, 1337, 30000];

/** A server on this machine that is well answers in milliseconds. */
export const PROBE_LIMITS: HttpLimits = { connect: 300, firstByte: 1_500, stall: 1_500, bytes: 4 * 2 ** 20 };
/** One that a person named gets more time. */
const PATIENT_LIMITS: HttpLimits = { ...PROBE_LIMITS, connect: 2_000, firstByte: 5_000, stall: 5_000 };

export interface ProbeOptions {
  /** Sent only where its origin is. */
  readonly key?: ModelKey;
  readonly signal?: AbortSignal;
  readonly limits?: HttpLimits;
  /** What answered there before: saves a round. */
  readonly hint?: Dialect;
  /** A rule allows requests to this other machine. */
  readonly allowRemote?: boolean;
}

/** What is at a URL; null when nothing answers there or it's no model server. Throws `model.url`, `model.cancelled`. */
export async function probe(url: string, options: ProbeOptions = {}): Promise<Found | null> {
  const found = await look(baseUrl(url), options);
  return found.state === 'unreachable' ? null : found;
}

/** All that is there: the configured URLs first, reachable or not, then what answers on well-known ports of 127.0.0.1. */
export async function probeAll(configured: readonly string[], ports: readonly number[] = WELL_KNOWN_PORTS, options: ProbeOptions = {}): Promise<readonly Found[]> {
  const named = [...new Set(configured.map(baseUrl))];
  const places = new Set(named.map(placeOf));
  const known = ports.map((port) => `http://127.0.0.1:${port}`).filter((url) => !places.has(placeOf(url)));
  const [there, around] = await Promise.all([
    Promise.all(named.map((url) => look(url, { limits: PATIENT_LIMITS, ...options }))),
    Promise.all(known.map((url) => look(url, options))),
  ]);
  return [...there, ...around.filter(({ state }) => state !== 'unreachable')];
}

export interface Wanted {
  /** Without it the well-known ports are tried. */
  readonly url?: string;
  readonly model?: string;
}

/** Which dialect answered at a URL last; only a hint, checked each time. */
const seen = new Map<string, Dialect>();

/**
 * The quick way to an endpoint: with a URL only that server is asked, with a hint in one round.
 * Which models are passed on to a cloud is asked every time, because a name can be moved (THREATS 30, 36).
 * @throws Fault `model.unreachable`, `model.missing`, `model.key`, `model.url`, `model.cancelled`.
 */
export async function quickFind(wanted: Wanted, options: ProbeOptions = {}): Promise<Endpoint> {
  if (wanted.url !== undefined) {
    const url = baseUrl(wanted.url);
    const hint = options.hint ?? seen.get(url);
    const found = await look(url, { limits: PATIENT_LIMITS, ...options, ...(hint === undefined ? {} : { hint }) });
    if (found.state === 'ready') seen.set(url, found.dialect);
    return endpointOf(found, wanted.model);
  }
  const all = await probeAll([], WELL_KNOWN_PORTS, options);
  let problem: Fault | undefined;
  for (const found of all) {
    try {
      return endpointOf(found, wanted.model);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      problem ??= error;
    }
  }
  if (problem !== undefined) throw problem;
  throw new Fault('model.unreachable', 'no model server answers on this machine', 'Start one (Ollama, llama.cpp, LM Studio, Text Generation WebUI with --api…), or name it with PWB_MODEL_URL');
}

/** Always an answer, `unreachable` with words included. */
async function look(url: string, options: ProbeOptions): Promise<Found> {
  const locality = localityOf(url);
  if (locality === 'remote' && options.allowRemote !== true) {
    return { url, dialect: 'generic', state: 'not-asked', locality, models: [], why: `${url} is not on this machine; nothing is sent there before a rule allows it` };
  }
  const answers = new Map<string, Answered>();
  const hint = kindOf(options.hint);
  const trouble = await askAll(url, [...FIRST_ROUTES, ...(hint?.routes ?? [])], answers, options);
  if (answers.size === 0) return { url, dialect: 'generic', state: 'unreachable', locality, models: [], why: trouble ?? `nothing answers at ${url}` };
  if (isLocked(answers)) return { url, dialect: 'generic', state: 'locked', locality, models: [] };
  const found = (await recognise(url, suspects(answers, hint), answers, options)) ?? (await recognise(url, SERVER_KINDS, answers, options));
  return found ?? { url, dialect: 'generic', state: 'unreachable', locality, models: [], why: `what answers at ${url} is no model server that we know` };
}

async function recognise(url: string, kinds: readonly ServerKind[], answers: Map<string, Answered>, options: ProbeOptions): Promise<Found | null> {
  await askAll(url, kinds.flatMap(({ routes }) => routes).filter((route) => !answers.has(route)), answers, options);
  for (const kind of kinds) {
    const sketch = kind.recognise(answers);
    if (sketch !== null) return { url, dialect: kind.dialect, locality: localityOf(url), ...sketch };
  }
  return null;
}

/** Asks routes at once and keeps what answers; gives back words for the first that didn't. */
async function askAll(url: string, routes: readonly string[], answers: Map<string, Answered>, options: ProbeOptions): Promise<string | undefined> {
  let trouble: string | undefined;
  await Promise.all(
    routes.map(async (route) => {
      try {
        answers.set(route, await get(`${url}${route}`, options));
      } catch (error) {
        if (!(error instanceof Fault) || error.code === 'model.cancelled' || error.code === 'model.key-origin' || error.code === 'model.key') throw error;
        trouble ??= wordsOf(error);
      }
    }),
  );
  return trouble;
}

async function get(url: string, options: ProbeOptions): Promise<Answered> {
  // A key for another server is not shown around; this one is asked without.
  const key = options.key !== undefined && options.key.origin === new URL(url).origin ? options.key : undefined;
  const answer = await callHttp({
    method: 'GET',
    url,
    accept: 'application/json',
    limits: options.limits ?? PROBE_LIMITS,
    ...(key === undefined ? {} : { key }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return { status: answer.status, value: parseLoose(Buffer.concat(chunks).toString('utf8')) };
}

/** `localhost` and 127.0.0.1 are one place. */
function placeOf(url: string): string {
  return url.replace(/^(https?:\/\/)localhost(?=[:/]|$)/i, '$1127.0.0.1');
}
