// Turns whatever a model server answers instead of a reply into a code, words and a next step: four shapes
// of JSON errors, HTML pages, plain text, a 200 with an error in it. A server's words are foreign text: they
// are quoted, shortened and drawn visibly, and never decide anything but the code.
import { visible } from '../model/visible.ts';
import { isObject, jsonText, listOf, objectOf, parseLoose, textOf, type Loose } from './loose.ts';

export const MODEL_FAULTS = [
  'model.busy',
  'model.cancelled',
  'model.context',
  'model.cut',
  'model.key',
  'model.key-origin',
  'model.loading',
  'model.locality',
  'model.missing',
  'model.no-tools',
  'model.protocol',
  'model.redirect',
  'model.refused',
  'model.reply',
  'model.server',
  'model.stalled',
  'model.timeout',
  'model.tls',
  'model.too-large',
  'model.unreachable',
  'model.url',
] as const;
export type ModelFaultCode = (typeof MODEL_FAULTS)[number];

export function isModelFault(code: string): code is ModelFaultCode {
  return MODEL_FAULTS.some((known) => known === code);
}

export interface ModelProblem {
  readonly code: ModelFaultCode;
  readonly words: string;
  readonly hint?: string;
}

const MOST_WORDS = 400;
/** An error page is read up to here. Bytes. */
const MOST_BODY = 64 * 1024;

/**
 * What an answer without a reply means.
 * @param status HTTP status; 200 for an error inside a stream or a body.
 * @param body as received; a beginning of it is enough.
 */
export function errorWords(status: number, contentType: string, body: Uint8Array): ModelProblem {
  const text = new TextDecoder().decode(body.subarray(0, MOST_BODY)).trim();
  const value = parseLoose(text);
  if (value !== undefined) return problemOf(status, value);
  if (/html/i.test(contentType) || text.startsWith('<')) return pageProblem(status, text);
  return classify(status, quote(text), '');
}

/** The same for an error that came as JSON: a whole body, or an object inside a stream. */
export function problemOf(status: number, value: unknown): ModelProblem {
  const body = objectOf(value);
  const inner = objectOf(body['error']);
  return classify(status, quote(messageOf(body, inner) || jsonText(value)), `${textOf(inner['type'])} ${textOf(inner['code'])} ${textOf(body['type'])}`);
}

/** `{"error":{"message"}}`, `{"error":"…"}`, `{"detail":"…"}`, `{"detail":[{loc,msg}]}`, `{"message":"…"}`. */
function messageOf(body: Loose, inner: Loose): string {
  const details = listOf(body['detail']).filter(isObject);
  return (
    textOf(inner['message']) ||
    textOf(body['error']) ||
    textOf(inner['error']) ||
    textOf(body['detail']) ||
    details.map((detail) => `${listOf(detail['loc']).join('.')}: ${textOf(detail['msg'])}`).join('; ') ||
    textOf(body['message'])
  );
}

function pageProblem(status: number, html: string): ModelProblem {
  const title = /<title[^<>]*>([^<]*)/i.exec(html)?.[1] ?? /<h1[^<>]*>([^<]*)/i.exec(html)?.[1] ?? '';
  const said = `answered with a web page${title.trim() === '' ? '' : ` titled ${quote(title)}`} and HTTP status ${status}`;
  return { code: status >= 500 ? 'model.server' : 'model.reply', words: `the server ${said}, not as a model server`, hint: 'Check the URL and the port: something else may answer there, or the server runs without its API (Text Generation WebUI needs --api)' };
}

const CONTEXT = /exceed_context_size|context_length_exceeded|(maximum|max_?) ?(context|model)[ _-]?len|context (length|size|window)|prompt (is )?too long|too many tokens|tokens to keep from the initial prompt|trying to keep the first|input (length|tokens?) exceed|longer than the (maximum|context)|truncation_length/i;
const LOADING = /loading model|model is (still |currently )?(being )?load(ing|ed)|unavailable_error/i;
const MISSING = /model[^.]{0,200}(not found|does not exist|not exist)|no models? (is |are |was )?(currently )?(loaded|selected)|model_not_found|load a model|unknown model|invalid model/i;
const NO_TOOLS = /does not support tools|enable-auto-tool-choice|tool.call.parser|requires? --jinja|tools? (is |are )?not supported/i;

/** Rules in order; the first that fits decides. `kind` is the server's own type and code. */
function classify(status: number, said: string, kind: string): ModelProblem {
  const all = `${said} ${kind}`;
  const words = `the server said (HTTP ${status}): ${said}`;
  if (status === 401 || status === 403) return { code: 'model.key', words, hint: 'Set the key that the server wants: PWB_MODEL_KEY for one call, or in the configuration' };
  if (/exceed_context_size|context_length_exceeded/.test(kind)) return context(words);
  if (status === 503 && LOADING.test(all)) return { code: 'model.loading', words: 'the server is still loading its model', hint: 'Wait until it has, then ask again' };
  if (NO_TOOLS.test(said)) return { code: 'model.no-tools', words, hint: 'Take a model that can call tools, or start the server with tool calls on (llama.cpp: --jinja; vLLM: --enable-auto-tool-choice and --tool-call-parser)' };
  if (MISSING.test(all)) return { code: 'model.missing', words, hint: 'Load the model in the server, or choose one of `pwb models`' };
  if (status === 413 || CONTEXT.test(said)) return context(words);
  if (status === 429) return { code: 'model.busy', words, hint: 'Wait a little, then ask again' };
  if (/invalid host header/i.test(said)) return { code: 'model.refused', words, hint: 'Reach the server as http://127.0.0.1 or http://localhost, or start it with --listen' };
  if (status === 404 || status === 405) return { code: 'model.refused', words, hint: 'Check the URL: no chat API answers there' };
  if (status === 503) return { code: 'model.busy', words, hint: 'Wait a little, then ask again; the server’s own window may say more' };
  if (status >= 500) return { code: 'model.server', words, hint: 'Look at the server’s own messages; restarting it often helps' };
  if (status >= 400) return { code: 'model.refused', words, hint: 'Look at the server’s own messages for what it refused' };
  return { code: 'model.server', words: `the server broke off with an error: ${said}`, hint: 'Look at the server’s own messages, then ask again' };
}

function context(words: string): ModelProblem {
  return { code: 'model.context', words, hint: 'Shorten the conversation, or load the model with a larger context' };
}

/** Foreign words on one line, drawn visibly, shortened with a word about it. */
function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line === '') return '(nothing)';
  const shown = line.length > MOST_WORDS ? `${line.slice(0, MOST_WORDS).toWellFormed()}… (${line.length - MOST_WORDS} more characters)` : line;
  return `“${visible(shown)}”`;
}
