// Where the optional engine is, and the words for when it isn't: it is never fetched behind a person's back.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../model/fault.ts';

const VERSION = '3.21.1';
/** Prebuilt engines by platform; elsewhere there is none that needs no install script. */
const BUILDS: { readonly [platform: string]: string } = { 'linux-x64': 'linux-x64', 'linux-arm64': 'linux-arm64', 'darwin-arm64': 'mac-arm64-metal', 'darwin-x64': 'mac-x64', 'win32-x64': 'win-x64', 'win32-arm64': 'win-arm64' };

/** The folder that holds the engine's `node_modules`: the state folder's own, or a checkout's; null when there is none. */
export function findEngine(stateFolder: string): string | null {
  const checkout = checkoutRoot();
  const folders = [join(stateFolder, 'engine'), ...(checkout === null ? [] : [join(checkout, 'engine')])];
  return folders.find((folder) => existsSync(join(folder, 'node_modules', 'node-llama-cpp', 'package.json'))) ?? null;
}

/** The one command that installs the engine, or null where there is no prebuilt one. */
export function engineCommand(stateFolder: string, platform: string = process.platform, arch: string = process.arch): string | null {
  const build = BUILDS[`${platform}-${arch}`];
  if (build === undefined) return null;
  if (build === 'linux-x64' && checkoutRoot() !== null) return 'npm run engine';
  const prefix = quoted(join(stateFolder, 'engine'));
  return `npm install --prefix ${prefix} --omit=optional --ignore-scripts node-llama-cpp@${VERSION} @node-llama-cpp/${build}@${VERSION}`;
}

export function engineAbsent(stateFolder: string): Fault {
  const command = engineCommand(stateFolder);
  const hint = command === null ? 'Use a model server such as llama.cpp or Ollama; see `pwb models`.' : `Install it (about 85 MB) with: ${command}`;
  return new Fault('embedded.absent', 'The embedded engine, which runs GGUF files without a server, is not installed', hint);
}

/** In a checkout, sources stand beside `engine/`; the code runs from src/execute/, from dist/ or from dist/parts/. */
function checkoutRoot(): string | null {
  const roots = [join(import.meta.dirname, '..', '..'), join(import.meta.dirname, '..')];
  return roots.find((root) => existsSync(join(root, 'engine', 'package-lock.json')) && existsSync(join(root, 'src'))) ?? null;
}

/** For a POSIX shell, to be pasted by a person. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
