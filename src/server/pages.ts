// Files for the browser: the sign-in page, which is ours and open, and the console, from its folder or our small
// stand-in. The list is made once, so no request can name a file that isn't on it (THREATS 17, 25).
import { closeSync, constants, fstatSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Fault, wordsOf } from '../model/fault.ts';
import { DESK_HTML, DESK_SCRIPT } from './page/desk.ts';
import { SIGN_IN_HTML, SIGN_IN_SCRIPT } from './page/sign-in.ts';
import { STYLE } from './page/style.ts';
import { WORK_HTML, WORK_SCRIPT } from './page/work.ts';

export interface Page {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface Pages {
  readonly signIn: Page;
  /** May be asked for without a credential. */
  isOpen(path: string): boolean;
  read(path: string): Page | null;
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
const page = (extension: string, text: string): Page => ({ type: typeOf(extension), bytes: new TextEncoder().encode(text) });

/** @param console folder with an index.html, or undefined for the small page of our own. Throws `server.console`. */
export function openPages(console: string | undefined): Pages {
  const open = new Map<string, Page>([
    [SIGN_IN, page('.html', SIGN_IN_HTML)],
    ['/sign-in.js', page('.js', SIGN_IN_SCRIPT)],
    ['/pwb.css', page('.css', STYLE)],
  ]);
  const own = new Map<string, Page>([
    ['/', page('.html', DESK_HTML)],
    ['/desk.js', page('.js', DESK_SCRIPT)],
    ['/work', page('.html', WORK_HTML)],
    ['/work.js', page('.js', WORK_SCRIPT)],
  ]);
  const files = console === undefined ? null : listFiles(console);
  const signIn = page('.html', SIGN_IN_HTML);
  return {
    signIn,
    isOpen: (path) => open.has(path),
    read(path) {
      const ours = open.get(path) ?? (files === null ? own.get(path) : undefined);
      if (ours !== undefined) return ours;
      const file = files?.get(path);
      return file === undefined ? null : { type: typeOf(extname(file)), bytes: readPlain(file) };
    },
  };
}

function typeOf(extension: string): string {
  return TYPES[extension] ?? 'application/octet-stream';
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
