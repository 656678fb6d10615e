// `npm run bench`: runs bench/*.ts one after the other, each in a process of its own, and prints their tables.
// `-- WORD` picks some; `--write` puts all into docs/benchmarks.md between its markers. Fails when a target is missed.
//
// A bench file exports: bench(): Promise<{ title, rows: { what, figure, target, ok }[] }>.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bootstrap } from './bootstrap.mjs';
import { build } from './build.mjs';
import { ROOT } from './root.mjs';
import { filesUnder } from './sources.mjs';
import { Stop, main, say } from './words.mjs';

const PAGE = join(ROOT, 'docs/benchmarks.md');
const BEGIN = '<!-- figures: begin -->';
const END = '<!-- figures: end -->';

await main(async () => {
  const write = process.argv.includes('--write');
  const [word = ''] = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
  const files = filesUnder('bench', (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && path.includes(word));
  if (files.length === 0) throw new Stop(`no benchmark has '${word}' in its path`, 'call `npm run bench` for all of them');
  if (write && word !== '') throw new Stop('the page holds the figures of one whole run', 'leave out the word, or --write');
  const node = await bootstrap();
  await build({ node });
  const results = [];
  for (const file of files) {
    say(`${file}…`);
    const result = measure(node, file);
    if (result.rows.length === 0) continue; // What the benches share is no bench.
    results.push(result);
    process.stdout.write(`\n${table(result)}\n`);
  }
  if (write) writePage(machine(node), results);
  return results.every(({ rows }) => rows.every(({ ok }) => ok)) ? 0 : 1;
});

/** A process of its own, since one benchmark's memory and warm code would tell on the next one's figures. Files without bench() aren't benchmarks. */
function measure(node, file) {
  const folder = mkdtempSync(join(tmpdir(), 'pwb-bench-'));
  const out = join(folder, 'result.json');
  const code = `const { writeFileSync } = await import('node:fs'); const { bench } = await import(${JSON.stringify(pathToFileURL(join(ROOT, file)).href)}); writeFileSync(${JSON.stringify(out)}, JSON.stringify(bench === undefined ? { title: ${JSON.stringify(file)}, rows: [] } : await bench()));`;
  const { status } = spawnSync(node, ['--input-type=module', '--eval', code], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  try {
    if (status !== 0 || !existsSync(out)) throw new Stop(`${file} failed`, `look at it alone: node ${file}`);
    return JSON.parse(readFileSync(out, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function table({ title, rows }) {
  const lines = [['What', 'Figure', 'Target', ''], ...rows.map(({ what, figure, target, ok }) => [what, figure, target, ok ? 'ok' : 'MISSED'])];
  const widths = [0, 1, 2, 3].map((column) => Math.max(3, ...lines.map((line) => line[column].length)));
  const text = lines.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`);
  text.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return `### ${title}\n${text.join('\n')}\n`;
}

function machine(node) {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  return `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${release().split('-')[0]}, Node ${version}; ${new Date().toISOString().slice(0, 10)}`;
}

function writePage(where, results) {
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : `# Figures\n\nWritten by \`npm run bench -- --write\`. Ratios are measured against their own yardstick in the same run.\n\n${BEGIN}\n${END}\n`;
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Stop(`${PAGE} has lost its markers`, `put the lines ${BEGIN} and ${END} back`);
  writeFileSync(PAGE, `${page.slice(0, begin)}${BEGIN}\n${where}\n\n${results.map(table).join('\n')}${page.slice(end)}`);
}
