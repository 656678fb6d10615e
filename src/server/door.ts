// The way of one request: guard, route, right, body, handler, answer. Whatever goes wrong on it ends as a refusal in
// words; nothing is left unanswered.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { send, sendChunks, sendJson, sendRefusal, apiHeaders, pageHeaders, type Headers } from './answer.ts';
import { discard, readBody, readUpload } from './body.ts';
import { hasRight, type Credential } from './credentials.ts';
import { guard, type Passed } from './guard.ts';
import type { Limits } from './limits.ts';
import type { Page, Pages } from './pages.ts';
import { isRefusal, refusalOf, refuse, type Refusal } from './refusal.ts';
import { match, readQuery, type Call, type Given, type Route } from './route.ts';

export interface DoorOptions {
  readonly port: () => number;
  readonly limits: Limits;
  readonly routes: readonly Route[];
  readonly pages: Pages;
  identify(token: string): Credential | null;
  /** True when there were too many wrong credentials of late. */
  countWrong(): boolean;
  call(credential: Credential | null, port: number): Call;
  /** Takes the response over. A refusal when there are too many. */
  stream(request: IncomingMessage, response: ServerResponse, credential: Credential, after: number | null): Refusal | null;
  /** Words for whoever runs the server, about what only they can mend. */
  complain(words: string): void;
}

export class Door {
  readonly #options: DoorOptions;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Never throws, always answers (or finds the client gone). */
  serve(request: IncomingMessage, response: ServerResponse, proven: () => void): void {
    this.#serve(request, response, proven).catch((error: unknown) => {
      const refusal = refusalOf(error);
      // That the server ends is known to whoever ends it.
      if (refusal.status >= 500 && refusal.code !== 'search.closed') this.#options.complain(`${request.method ?? ''} ${(request.url ?? '').split('?')[0] ?? ''}: ${error instanceof Error ? error.message : String(error)}`);
      if (response.headersSent) response.destroy();
      else sendRefusal(response, refusal);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse, proven: () => void): Promise<void> {
    const { limits, routes, pages } = this.#options;
    const passed = guard(request, {
      port: this.#options.port(),
      limits,
      identify: (token) => this.#options.identify(token),
      countWrong: () => this.#options.countWrong(),
      isOpen: (method, path) => pages.isOpen(path) || routes.some((route) => route.right === 'none' && route.method === method && route.path === path),
      takesBytes: (method, path) => routes.some((route) => route.takes === 'bytes' && route.method === method && route.path === path),
    });
    if (passed.refused) return this.#turnAway(request, response, passed);
    if (passed.credential !== null) proven();
    if (!passed.path.startsWith('/api/')) return this.#servePage(request, response, passed);

    const found = match(routes, passed.method, passed.path);
    if (found === 'unknown') return sendRefusal(response, refuse(404, 'request.unknown', 'There is nothing here.', 'see /api/openapi.json'));
    if (found === 'wrong-method') return sendRefusal(response, refuse(405, 'request.method', 'This is not how this route is asked.', 'see /api/openapi.json'));
    if (!mayAsk(found.route, passed.credential)) return sendRefusal(response, refuse(403, 'request.right', 'This credential may not do that.', 'sign in as the person whose workbench this is'));
    const query = readQuery(passed.query);
    if (query === null) return sendRefusal(response, refuse(400, 'request.shape', 'The query has one name twice.', 'send each name once'));

    const body = passed.method === 'GET' || found.route.takes === 'bytes' ? { json: {} } : await this.#read(request, response);
    if (body === null) return;
    if (isRefusal(body)) return sendRefusal(response, body);
    const { handle, takes } = found.route;
    const answered = handle(this.#options.call(passed.credential, this.#options.port()), { params: found.params, query, body: body.json, bytes: this.#upload(request, response, found.route) });
    let given: Given | Refusal;
    try {
      given = await answered;
    } finally {
      if (takes === 'bytes') await discard(request, limits.requestWithin);
    }
    if (isRefusal(given)) this.#turnAway(request, response, given);
    else await this.#give(request, response, found.route, passed, given);
  }

  #read(request: IncomingMessage, response: ServerResponse): ReturnType<typeof readBody> {
    if (request.headers.expect !== undefined) response.writeContinue();
    return readBody(request, this.#options.limits);
  }

  #upload(request: IncomingMessage, response: ServerResponse, route: Route): AsyncIterable<Uint8Array> {
    if (route.takes === 'bytes' && request.headers.expect !== undefined) response.writeContinue();
    return readUpload(request, this.#options.limits.upload);
  }

  async #give(request: IncomingMessage, response: ServerResponse, route: Route, { credential }: Passed, given: Given): Promise<void> {
    switch (given.gives) {
      case 'json':
        return sendJson(response, route.status, given.value, given.headers);
      case 'bytes':
        return send(response, 200, { ...apiHeaders('application/octet-stream'), 'content-disposition': `attachment; filename="${given.name}"` }, given.bytes);
      case 'stream':
        return sendChunks(response, { ...apiHeaders('application/octet-stream'), 'content-disposition': `attachment; filename="${given.name}"` }, given.chunks);
      case 'events': {
        const refusal = credential === null ? null : this.#options.stream(request, response, credential, given.after);
        if (refusal !== null) sendRefusal(response, refusal);
      }
    }
  }

  #servePage({ headers }: IncomingMessage, response: ServerResponse, { path, method }: Passed): void {
    const page = method === 'GET' ? this.#options.pages.read(path, String(headers['accept-encoding'] ?? '')) : null;
    if (page === null) return sendRefusal(response, refuse(404, 'request.unknown', 'There is nothing here.', 'open /'));
    send(response, 200, { ...pageHeaders(page.type), ...packing(page) }, page.bytes);
  }

  /** A person who opens the workbench without being signed in gets a page that says so, whatever the path. */
  #turnAway(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    const wantsPage = request.method === 'GET' && refusal.status === 401 && !(request.url ?? '').startsWith('/api/');
    if (!wantsPage) return sendRefusal(response, refusal);
    const { type, bytes } = this.#options.pages.signIn;
    send(response, 401, { ...pageHeaders(type), connection: 'close' }, bytes);
  }
}

/** What changes its name with its content may be kept by the browser; all else is asked for anew. */
function packing({ packed, lasting }: Page): Headers {
  return { ...(packed === undefined ? {} : { 'content-encoding': packed }), ...(lasting === true ? { 'cache-control': 'private, max-age=31536000, immutable', vary: 'accept-encoding' } : {}) };
}

function mayAsk(route: Route, credential: Credential | null): boolean {
  return route.right === 'none' || (credential !== null && hasRight(credential, route.right));
}
