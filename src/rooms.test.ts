// Holds the rooms apart: who may import whom, who may use which power of Node, and what may be depended on.
// Reads the syntax tree of every file, so that comments and strings don't count.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import test from 'node:test';
import { parseAst } from 'rolldown/parseAst';

const SRC = import.meta.dirname;
const ROOT = dirname(SRC);

/** Which other rooms a room may import. What isn't here is refused. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  policy: ['model'],
  providers: ['model'],
  tools: ['model'],
  storage: ['model'],
  audit: ['model', 'storage'],
  approvals: ['model', 'policy', 'storage', 'audit'],
  execute: ['model', 'storage', 'approvals', 'audit', 'providers', 'tools'],
  loop: ['model', 'policy', 'providers', 'tools', 'storage', 'audit', 'approvals', 'execute'],
  server: ['model', 'loop', 'approvals', 'audit', 'storage', 'verify'],
  cli: ['model', 'loop', 'approvals', 'audit', 'storage', 'verify', 'server'],
  verify: ['model'],
  'version.ts': [],
  'main.ts': ['version.ts', 'model', 'policy', 'providers', 'tools', 'storage', 'audit', 'approvals', 'execute', 'loop', 'server', 'cli', 'verify'],
};

/** Single files of other rooms: what a person's door needs, none of it able to cause a proposal's effect; types that a door reads. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  cli: ['execute/browser.ts', 'execute/draft-pieces.ts', 'execute/editor.ts', 'execute/http-address.ts', 'execute/limits.ts', 'policy/replay.ts', 'providers/endpoint.ts', 'providers/practice.ts', 'tools/arguments-of.ts'],
  server: ['tools/arguments-of.ts'],
};

/** Parts of Node with no power over the world, free to all rooms but model (which has node:crypto only). */
const HARMLESS = ['crypto', 'path', 'util', 'buffer', 'url', 'events', 'timers', 'timers/promises', 'string_decoder', 'perf_hooks'];
const FILES = ['fs', 'fs/promises', 'os', 'stream', 'stream/promises'];
/** Powers by room. INVARIANT: processes and outbound connections in execute/ only; the server's http is for listening. */
const POWERS: Readonly<Record<string, readonly string[]>> = {
  // The engine of the rules is a package that is loaded at its first use, in the middle of a decision.
  policy: ['module'],
  storage: [...FILES, 'sqlite'],
  audit: [...FILES, 'sqlite'],
  approvals: ['sqlite'],
  loop: ['sqlite', 'os'],
  execute: [...FILES, 'child_process', 'net', 'tls', 'http', 'https', 'dns', 'dns/promises', 'module', 'zlib'],
  server: [...FILES, 'http', 'sqlite', 'worker_threads', 'zlib'],
  cli: [...FILES, 'readline', 'readline/promises', 'tty', 'sqlite'],
  verify: [...FILES, 'readline', 'zlib'],
  'main.ts': [...FILES, 'module'],
};
/** Rooms that may look at the file system, by these functions only. */
const LOOKING = ['tools', 'loop'];
const LOOKS = ['existsSync', 'statSync', 'lstatSync', 'realpathSync', 'accessSync', 'constants'];
/** Globals that reach out or run text as code, refused outside execute/. */
const GLOBALS = ['fetch', 'WebSocket', 'EventSource', 'eval', 'Function', 'require'];
const CALLS = ['getBuiltinModule', 'binding', 'dlopen'];

interface Node { readonly type: string; readonly [key: string]: unknown }
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
const textOf = (value: unknown): string | undefined => isNode(value) && typeof value['value'] === 'string' ? value['value'] : undefined;
const nameOf = (value: unknown): string | undefined => isNode(value) && typeof value['name'] === 'string' ? value['name'] : undefined;

interface Import { readonly target: string; readonly names: readonly string[] }
interface Found { readonly imports: Import[]; readonly uses: string[] }

function look(value: unknown, found: Found): void {
  if (Array.isArray(value)) for (const part of value) look(part, found);
  if (!isNode(value)) return;
  if (['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression', 'TSImportType'].includes(value.type) && isNode(value['source'])) {
    const specifiers = Array.isArray(value['specifiers']) ? value['specifiers'] : [];
    found.imports.push({ target: textOf(value['source']) ?? '(computed)', names: specifiers.map((one) => (isNode(one) ? nameOf(one['imported']) : undefined) ?? '*') });
  }
  const callee = nameOf(value['callee']);
  if ((value.type === 'CallExpression' || value.type === 'NewExpression') && callee !== undefined && GLOBALS.includes(callee)) found.uses.push(callee);
  const property = nameOf(value['property']);
  if (value.type === 'MemberExpression' && property !== undefined && (CALLS.includes(property) || (nameOf(value['object']) === 'globalThis' && GLOBALS.includes(property)))) found.uses.push(property);
  for (const part of Object.values(value)) if (typeof part === 'object') look(part, found);
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')).toSorted();
const isTest = (path: string): boolean => /\.(test|slow)\.ts$/.test(path);
const roomOf = (path: string): string => path.split('/')[0] ?? path;

/** What is wrong with one import, or undefined. */
function wrongImport(file: string, { target, names }: Import): string | undefined {
  const room = roomOf(file);
  // Only execute/ loads what is named at run time: the engine that the person installed.
  if (target === '(computed)') return room === 'execute' ? undefined : 'a computed import';
  if (target.startsWith('node:')) {
    const name = target.slice(5);
    if (name === 'crypto' || (room !== 'model' && HARMLESS.includes(name)) || POWERS[room]?.includes(name)) return undefined;
    if (name === 'fs' && LOOKING.includes(room) && names.length > 0 && names.every((one) => LOOKS.includes(one))) return undefined;
    return `${room}/ may not use ${target}`;
  }
  if (target.startsWith('.')) {
    const path = relative(SRC, resolve(SRC, dirname(file), target));
    if (path === '../package.json') return undefined;
    if (path.startsWith('..') || isTest(path)) return `product code may not import ${target}`;
    return roomOf(path) === room || ROOMS[room]?.includes(roomOf(path)) || ALSO[room]?.includes(path) ? undefined : `${room}/ may not import ${roomOf(path)}/`;
  }
  if (room === 'model' || room === 'verify') return `${room}/ has no dependencies, not even ${target}`;
  const name = target.split('/').slice(0, target.startsWith('@') ? 2 : 1).join('/');
  return name in manifest.dependencies || (room === 'execute' && name === 'node-llama-cpp') ? undefined : `${target} isn't a dependency of the product`;
}

/** All that is wrong with one file. */
function wrongsOf(file: string, source: string): string[] {
  const found: Found = { imports: [], uses: [] };
  look(parseAst(source, { lang: 'ts' }, file), found);
  const room = roomOf(file);
  const wrong = [
    room in ROOMS ? undefined : `there is no room ${room}/`,
    ...found.imports.map((one) => wrongImport(file, one)),
    ...(room === 'execute' ? [] : found.uses.map((name) => `${name} is for execute/ only`)),
  ];
  return wrong.filter((one) => one !== undefined).map((one) => `${file}: ${one}`);
}

test('a room imports only the rooms below it, the powers it was given and the declared dependencies', () => {
  assert.deepEqual(files.filter((path) => !isTest(path)).flatMap((path) => wrongsOf(path, readFileSync(join(SRC, path), 'utf8'))), []);
});

test('each way around the rooms is found', () => {
  const ways = {
    'model/a.ts': "import { readFileSync } from 'node:fs';",
    'policy/a.ts': "export type { Hands } from '../execute/hands.ts';",
    'tools/a.ts': "import { existsSync, writeFileSync } from 'node:fs';",
    'loop/a.ts': "const run = await import('node:child_process');",
    'loop/b.ts': "import * as fs from 'node:fs';",
    'server/a.ts': "await fetch('http://localhost');",
    'server/b.ts': "process.getBuiltinModule('node:child_process');",
    'cli/a.ts': "const at = './x'; await import(at);",
    'cli/b.ts': "globalThis.fetch;",
    'cli/c.ts': "let x: import('../execute/hands.ts').Hands;",
    'audit/a.ts': "import fc from 'fast-check';",
    'verify/a.ts': "import * as z from 'zod/mini';",
    'storage/a.ts': "import { x } from './a.test.ts';",
    'storage/b.ts': "import { x } from '../../vectors/x.ts';",
    'extra/a.ts': '',
  };
  for (const [file, source] of Object.entries(ways)) assert.equal(wrongsOf(file, source).length, 1, file);
  assert.deepEqual(wrongsOf('cli/a.ts', "// fetch('x') and import 'node:net'\nconst text = \"import 'node:net'\";"), []);
});

test('no file is longer than 400 lines', () => {
  const long = files.filter((path) => readFileSync(join(SRC, path), 'utf8').split('\n').length > 401);
  assert.deepEqual(long, []);
});
