// Files for the browser: the sign-in page, which is ours and open, and the console from its folder. The list is made
// once, so no request can name a file that isn't on it (THREATS 17, 25).
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Fault, wordsOf } from '../model/fault.ts';
import { SIGN_IN_HTML, SIGN_IN_SCRIPT } from './page/sign-in.ts';
import { STYLE } from './page/style.ts';
import { UNBUILT_HTML } from './page/unbuilt.ts';

export interface Page {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** How the bytes are packed, where they are (RFC 9110, content-encoding). */
  readonly packed?: 'br';
  /** Its name changes with its content, so that a browser may keep it. */
  readonly lasting?: true;
}

export interface Pages {
  readonly signIn: Page;
  /** May be asked for without a credential. */
  isOpen(path: string): boolean;
  /** @param takes the encodings that the browser takes, as it says itself. */
  read(path: string, takes?: string): Page | null;
}

const TYPES: { readonly [extension: string]: string } = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

const SIGN_IN = '/sign-in';
/** The console's rooms and what is in them, which the one page of it draws: words, ids and numbers. */
const ROOM = /^\/(?!assets(?:\/|$))[a-z][a-z-]*(\/[A-Za-z0-9-]*)*$/;
const ASSETS = '/assets/';
const page = (extension: string, text: string): Page => ({ type: typeOf(extension), bytes: new TextEncoder().encode(text) });

/** Where the build puts the console: beside the bundled program, or in a checkout's dist/. Undefined: it isn't built. */
export function builtConsole(): string | undefined {
  return [join(import.meta.dirname, '../console'), join(import.meta.dirname, '../../dist/console')].find((folder) => existsSync(join(folder, 'index.html')) && existsSync(join(folder, 'assets')));
}

/** @param console folder with an index.html; undefined: a page that says how it is built. Throws `server.console`. */
export function openPages(console: string | undefined): Pages {
  const open = new Map<string, Page>([
    [SIGN_IN, page('.html', SIGN_IN_HTML)],
    ['/sign-in.js', page('.js', SIGN_IN_SCRIPT)],
    ['/pwb.css', page('.css', STYLE)],
  ]);
  const files = console === undefined ? null : listFiles(console);
  const unbuilt = page('.html', UNBUILT_HTML);
  // A build may replace it while we run, with other names in it; the files that this one names stay.
  const index = files === null ? unbuilt : { type: typeOf('.html'), bytes: readPlain(files.get('/index.html') ?? '') };
  return {
    signIn: page('.html', SIGN_IN_HTML),
    isOpen: (path) => open.has(path),
    read(path, takes = '') {
      const ours = open.get(path);
      if (ours !== undefined) return ours;
      if (files === null) return path === '/' ? unbuilt : null;
      const file = files.get(path);
      if (file === files.get('/index.html') || (file === undefined && ROOM.test(path))) return index;
      const packed = takesBrotli(takes) ? files.get(`${path}.br`) : undefined;
      if (file === undefined) return null;
      return { type: typeOf(extname(file)), bytes: readPlain(packed ?? file), ...(packed === undefined ? {} : { packed: 'br' }), ...(path.startsWith(ASSETS) ? { lasting: true } : {}) };
    },
  };
}

function typeOf(extension: string): string {
  return TYPES[extension] ?? 'application/octet-stream';
}

function takesBrotli(takes: string): boolean {
  return takes.split(',').some((one) => /^\s*br\s*(;\s*q=(1|0\.\d*[1-9]\d*)(\.0*)?)?\s*$/.test(one));
}

/** From the path in a URL to the file. Links and dot files aren't served. */
function listFiles(folder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  try {
    addFiles(folder, '/', files);
  } catch (error) {
    throw new Fault('server.console', `the console's folder ${folder} can't be read: ${wordsOf(error)}`, 'build it, or start without it', { cause: error });
  }
  const index = files.get('/index.html');
  if (index === undefined) throw new Fault('server.console', `${folder} has no index.html`, 'build it, or start without it');
  return files.set('/', index);
}

/** Walks by itself, since readdir's own recursion goes through links. */
function addFiles(folder: string, path: string, files: Map<string, string>): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) addFiles(join(folder, entry.name), `${path}${entry.name}/`, files);
    else if (entry.isFile()) files.set(`${path}${entry.name}`, join(folder, entry.name));
  }
}

/** The file that the list was made of: no link that took its place since. */
function readPlain(file: string): Uint8Array {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if (!fstatSync(descriptor).isFile()) throw new Fault('server.console', `${file} is not a plain file`, 'build the console again');
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
