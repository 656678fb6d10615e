// Bundles the programs into dist/ with rolldown, and the console with Vite; runs on Node 24, called by build.mjs under its lock.
// A running pwb keeps working meanwhile: parts are named by their content, arrive before the entry that names
// them (each by one rename), and unused ones are removed days later.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { createServer } from 'node:http';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { buildConsole } from './console.mjs';
import { ROOT } from './root.mjs';
import { main } from './words.mjs';

const DIST = join(ROOT, 'dist');
const UNUSED_FOR = 3 * 24 * 3_600_000; // milliseconds
const EXTERNAL = ['node-llama-cpp', '@vscode/ripgrep', '@cedar-policy/cedar-wasm/nodejs'];
const VERIFIER = `#!/usr/bin/env node
// Checks an exported ProWorkBench log. One file, no dependency, Node 20 or newer:
//   node verify.mjs DIR --key FINGERPRINT [--against CHECKPOINT] [--json]
// Take this file and the fingerprint (\`pwb log key\`) from somewhere else than the bundle that you check.`;

/**
 * Fetches Node's own modules by process.getBuiltinModule. An `import` of one evaluates every lazy export of it:
 * that of node:http loads a whole second HTTP client, 25 ms of each start. Lazy exports are left out: whoever
 * names one gets an error from the bundler.
 */
const BUILTINS = {
  name: 'builtins',
  resolveId: (/** @type {string} */ id) => (isBuiltin(id) && id.startsWith('node:') ? { id: `\0${id}`, moduleSideEffects: false } : null),
  load(/** @type {string} */ id) {
    if (!id.startsWith('\0node:')) return null;
    const name = id.slice(1);
    const values = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(name))).filter(([key, one]) => 'value' in one && /^[A-Za-z_$][\w$]*$/.test(key) && key !== 'default');
    return [`const it = process.getBuiltinModule('${name}');`, 'export default it;', ...values.map(([key], at) => `const it${at} = /*#__PURE__*/ (() => it.${key})(); export { it${at} as ${key} };`)].join('\n');
  },
};

/** What every start loads anyway, and what `pwb ask` adds, goes into one part: thirty small ones cost ten milliseconds more. The entry stays out, since it asks whether it is the main module. */
function core(/** @type {string} */ id, context) {
  const start = join(ROOT, 'src/main.ts');
  if (always.size === 0) {
    const waiting = [start, join(ROOT, 'src/cli/ask.ts')];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (always.has(next)) continue;
      always.add(next);
      waiting.push(...(context.getModuleInfo(next)?.importedIds ?? []));
    }
  }
  return id !== start && always.has(id) ? 'core' : null;
}
/** @type {Set<string>} */
const always = new Set();

const PROGRAMS = [
  { input: { pwb: 'src/main.ts' }, plugins: [BUILTINS], output: { chunkFileNames: 'parts/[name]-[hash].mjs', codeSplitting: { groups: [{ name: core, debugName: 'core' }] } } },
  { input: { 'engine-process': 'src/execute/engine-process.ts' }, output: { codeSplitting: false } },
  { input: { 'aside-thread': 'src/server/aside-thread.ts' }, output: { codeSplitting: false } },
  { input: { verify: 'src/verify/verify.ts' }, output: { codeSplitting: false, banner: VERIFIER } },
];

await main(async () => {
  const fresh = mkdtempSync(join(DIST, '.new-'));
  try {
    for (const { input, output, plugins = [] } of PROGRAMS) {
      const bundle = await rolldown({ input, plugins, cwd: ROOT, platform: 'node', external: EXTERNAL, onLog: refuse, tsconfig: false });
      await bundle.write({ dir: fresh, format: 'esm', entryFileNames: '[name].mjs', ...output });
      await bundle.close();
    }
    await buildConsole(join(fresh, 'console'));
    install(fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  await warm();
  return 0;
});

/** What the bundler only warns of (an import that will be undefined, a cycle) is an error here. */
function refuse(level, log) {
  // Loading a module of Node's own late saves evaluating it, whoever else names it.
  if (log.code === 'INEFFECTIVE_DYNAMIC_IMPORT' && log.message.startsWith('\0node:')) return;
  if (level === 'warn') throw new Error(log.message);
}

/** What names others comes after them: whoever starts in between gets the former program, whole. */
function install(fresh) {
  const files = readdirSync(fresh, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(fresh.length + 1));
  const now = Date.now() / 1000;
  const rank = (/** @type {string} */ file) => (file.includes('/') ? 0 : 2) + Number(file.includes('index.html'));
  for (const file of files.toSorted((a, b) => rank(a) - rank(b))) {
    const to = join(DIST, file);
    cpSync(join(fresh, file), `${to}.new`, { recursive: true });
    utimesSync(`${to}.new`, now, now);
    renameSync(`${to}.new`, to);
  }
  for (const folder of ['parts', 'console/assets']) {
    if (!existsSync(join(DIST, folder))) continue;
    for (const name of readdirSync(join(DIST, folder))) {
      if (!files.includes(`${folder}/${name}`) && Date.now() - statSync(join(DIST, folder, name)).mtimeMs > UNUSED_FOR) rmSync(join(DIST, folder, name));
    }
  }
}

/**
 * Fills V8's compile cache by harmless calls in a home of their own, so that the first call of a person is a fast
 * one: only what runs here is kept compiled, so a model that says one thing is played. What fails here fails later, in words.
 */
async function warm() {
  const home = mkdtempSync(join(tmpdir(), 'pwb-warm-'));
  rmSync(join(DIST, '.cache'), { recursive: true, force: true });
  const work = mkdtempSync(join(tmpdir(), 'pwb-warm-work-'));
  const model = createServer(playModel);
  await new Promise((resolve) => model.listen(0, '127.0.0.1', resolve));
  const env = { ...process.env, PWB_HOME: home, PWB_MODEL_URL: `http://127.0.0.1:${model.address().port}`, NODE_COMPILE_CACHE: join(DIST, '.cache') };
  // A module's compiled code is kept when it is first met, so the call that runs most comes first.
  for (const words of [['ask', 'hello', '--json', '--workspace', work], ['--version'], ['inbox', '--json'], ['log', '--json']]) {
    await new Promise((resolve) => {
      const child = spawn(process.execPath, [join(DIST, 'pwb.mjs'), ...words], { env, cwd: work, stdio: 'ignore', timeout: 10_000 });
      child.once('close', resolve);
      child.once('error', resolve);
    });
  }
  model.close();
  for (const folder of [home, work]) rmSync(folder, { recursive: true, force: true });
}

/** Lists the workspace once, then says that it did. */
function playModel(request, response) {
  const stream = { 'content-type': 'text/event-stream' };
  const chunk = (delta, finish) => `data: ${JSON.stringify({ model: 'warm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\ndata: [DONE]\n\n`;
  let body = '';
  request.on('data', (piece) => (body += piece)).on('end', () => {
    if (request.url === '/v1/models') response.writeHead(200, { 'content-type': 'application/json' }).end('{"object":"list","data":[{"id":"warm","object":"model","owned_by":"warm"}]}');
    else if (request.method !== 'POST') response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
    else if (body.includes('"role":"tool"')) response.writeHead(200, stream).end(chunk({ content: 'done' }, 'stop'));
    else response.writeHead(200, stream).end(chunk({ tool_calls: [{ index: 0, id: 'warm', type: 'function', function: { name: 'list', arguments: '{}' } }] }, 'tool_calls'));
  });
}
