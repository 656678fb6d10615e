// Endpoints: where a model is asked, and in which dialect of the OpenAI chat protocol. Pure data: no
// sockets here, and a key is known by its name only.
import type { Locality } from '../model/action.ts';
import { Fault } from '../model/fault.ts';

export const DIALECTS = ['textgen', 'llamacpp', 'ollama', 'lmstudio', 'vllm', 'generic', 'embedded', 'practice'] as const;
export type Dialect = (typeof DIALECTS)[number];

export interface Endpoint {
  /** What a person calls it; the `provider` of an Infer. */
  readonly name: string;
  readonly dialect: Dialect;
  /** Base URL, without `/v1`, credentials or a trailing slash; empty for what runs inside the house. */
  readonly url: string;
  /** Of the model, not only of the address: a local server that passes through to a cloud is `remote`. */
  readonly locality: Locality;
  /** Unix socket of the embedded engine. */
  readonly socket?: string;
  /** Context window in tokens, where known. */
  readonly window?: number;
  readonly model: string;
  /** Name of a secret, never its value. */
  readonly keyName?: string;
}

export function isDialect(text: unknown): text is Dialect {
  return DIALECTS.some((dialect) => dialect === text);
}

/**
 * The base URL of what a person typed or pasted: `127.0.0.1:5000`, `http://localhost:1234/v1/`,
 * `…/v1/chat/completions`. The spelling of the host is kept, because locality is judged on it.
 * Throws `model.url` for other schemes, credentials, a query or a fragment.
 */
export function baseUrl(typed: string): string {
  const trimmed = typed.trim();
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw new Fault('model.url', `“${typed}” is not a URL`, 'Write it like http://127.0.0.1:5000', { cause: error });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Fault('model.url', `a model server is reached by http or https, not ${url.protocol}`, 'Write it like http://127.0.0.1:5000');
  }
  // A credential in a URL ends up in logs and error texts.
  if (url.username !== '' || url.password !== '' || text.includes('@')) {
    throw new Fault('model.url', 'the URL holds credentials', 'Leave them out of the URL and set the key as PWB_MODEL_KEY or in the configuration');
  }
  if (url.search !== '' || url.hash !== '' || /[\\\s]/.test(text)) {
    throw new Fault('model.url', 'the URL has more than a host and a path', 'Write it like http://127.0.0.1:5000');
  }
  return text.replace(/\/+$/, '').replace(/\/v1(\/chat\/completions|\/models)?$/, '').replace(/\/+$/, '');
}

/** Where chat requests go. An endpoint with a socket answers there, whatever its URL says. */
export function chatUrl(endpoint: Endpoint): string {
  return `${endpoint.url === '' ? 'http://localhost' : endpoint.url}/v1/chat/completions`;
}
