// Holds the console apart from the rest: it talks HTTP to its own server only, in one place, makes no markup from text,
// and shares with the product nothing but nouns and the way in which hidden characters are drawn.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import test from 'node:test';
import { parseAst } from 'rolldown/parseAst';

const ROOT = dirname(import.meta.dirname);
const CONSOLE = join(ROOT, 'console/src');
/** What runs in the page; each has its line in docs/dependencies.md. */
const PACKAGES = ['react', 'react-dom', '@base-ui/react', '@tanstack/react-query', '@tanstack/react-virtual', '@codemirror/merge', '@codemirror/view', '@codemirror/state', 'marked', 'wouter', 'lucide-react'];
/** Of the product's own code, beside types of `model/`: how hidden characters are drawn, and the words of a card, which are the same at every door. */
const SHARED = ['src/model/visible.ts', 'src/model/rule-text.ts', ...['change-words', 'diff-words', 'drawing', 'effect-words', 'fetch-words', 'folder-words', 'host-words', 'origin-words', 'rehearsal-words', 'source-words', 'title'].map((name) => `src/approvals/${name}.ts`)];
/** What those rest on. */
const BELOW = ['src/model/action.ts', 'src/model/path.ts', 'src/model/profile.ts'];
/** Ways out of the page: for `api/` alone. */
const REACHING = ['fetch', 'EventSource', 'WebSocket', 'XMLHttpRequest', 'Worker', 'SharedWorker', 'importScripts', 'sendBeacon'];
/** Ways to make text into markup or code: for nobody. */
const MARKUP = ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'dangerouslySetInnerHTML', 'srcdoc', 'DOMParser', 'eval', 'Function', 'createContextualFragment', 'setHTMLUnsafe'];

interface Node { readonly type: string; readonly [key: string]: unknown }
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
const nameOf = (value: unknown): string | undefined => (isNode(value) && typeof value['name'] === 'string' ? value['name'] : undefined);

interface Found { readonly imports: { readonly target: string; readonly types: boolean }[]; readonly names: Set<string> }

function look(value: unknown, found: Found): void {
  if (Array.isArray(value)) for (const part of value) look(part, found);
  if (!isNode(value)) return;
  const source = value['source'];
  if (['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression'].includes(value.type) && isNode(source)) {
    found.imports.push({ target: typeof source['value'] === 'string' ? source['value'] : '(computed)', types: value['importKind'] === 'type' || value['exportKind'] === 'type' });
  }
  if (value.type === 'CallExpression' || value.type === 'NewExpression') found.names.add(nameOf(value['callee']) ?? '');
  if (value.type === 'MemberExpression') found.names.add(nameOf(value['property']) ?? '');
  if (value.type === 'JSXAttribute') found.names.add(nameOf(value['name']) ?? '');
  for (const part of Object.values(value)) if (typeof part === 'object') look(part, found);
}

function wrongsOf(file: string, source: string): string[] {
  const found: Found = { imports: [], names: new Set() };
  look(parseAst(source, { lang: file.endsWith('.tsx') ? 'tsx' : 'ts' }, file), found);
  const wrongImport = ({ target, types }: Found['imports'][number]): string | undefined => {
    if (target.startsWith('.')) {
      const path = relative(ROOT, resolve(CONSOLE, dirname(file), target));
      const isOurs = path.startsWith('console/src/') || SHARED.includes(path) || (types && path.startsWith('src/model/'));
      return isOurs ? undefined : `may not import ${path}`;
    }
    const name = target.split('/').slice(0, target.startsWith('@') ? 2 : 1).join('/');
    return PACKAGES.includes(name) ? undefined : `may not import ${target}`;
  };
  return [
    ...found.imports.map(wrongImport),
    ...(file.startsWith('api/') ? [] : REACHING.filter((name) => found.names.has(name)).map((name) => `${name} is for api/ only`)),
    ...MARKUP.filter((name) => found.names.has(name)).map((name) => `${name} makes text into markup`),
  ].filter((one) => one !== undefined).map((one) => `${file}: ${one}`);
}

const files = readdirSync(CONSOLE, { recursive: true, encoding: 'utf8' }).filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.test.ts')).toSorted();

test('the console imports only its own files, its packages and words, and reaches the server in one place', () => {
  assert.deepEqual(files.flatMap((file) => wrongsOf(file, readFileSync(join(CONSOLE, file), 'utf8'))), []);
});

test('each way around that is found', () => {
  const ways = {
    'rooms/a.tsx': "import { act } from '../../../src/loop/act.ts';",
    'rooms/b.tsx': "import { digest } from '../../../src/model/digest.ts';",
    'rooms/c.tsx': "import x from 'left-pad';",
    'rooms/d.tsx': "await fetch('http://elsewhere.example');",
    'rooms/e.tsx': 'const a = <div dangerouslySetInnerHTML={{ __html: text }} />;',
    'rooms/f.tsx': "new WebSocket('ws://elsewhere.example');",
    'rooms/g.tsx': 'element.innerHTML = text;',
    'api/h.ts': 'eval(text);',
  };
  for (const [file, source] of Object.entries(ways)) assert.equal(wrongsOf(file, source).length, 1, file);
});

test('what it shares is words only: no power of Node, nothing that acts', () => {
  const wrong = [...SHARED, ...BELOW].flatMap((file) => {
    const found: Found = { imports: [], names: new Set() };
    look(parseAst(readFileSync(join(ROOT, file), 'utf8'), { lang: 'ts' }, file), found);
    return found.imports.filter(({ target, types }) => !types && ![...SHARED, ...BELOW].includes(relative(ROOT, resolve(ROOT, dirname(file), target)))).map(({ target }) => `${file} imports ${target}`);
  });
  assert.deepEqual(wrong, []);
});

test('no file of the console is longer than 400 lines', () => {
  assert.deepEqual(files.filter((file) => readFileSync(join(CONSOLE, file), 'utf8').split('\n').length > 401), []);
});

test('its styles name colours in one place only', () => {
  const styles = readdirSync(CONSOLE, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.css') && path !== 'style/tokens.css');
  assert.deepEqual(styles.filter((file) => /#[0-9a-f]{3,8}\b|\burl\(\s*['"]?(?:https?:|\/\/)|@import/i.test(readFileSync(join(CONSOLE, file), 'utf8'))), []);
});
