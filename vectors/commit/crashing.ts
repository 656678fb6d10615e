// For tests: a process that lands or undoes, to be killed while at it. node crashing.ts land|undo TOP ID CHANGES
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { land, undo } from '../../src/execute/commit.ts';
import type { Change } from '../../src/model/effects.ts';

const [, , op = '', top = '', id = '', changes = ''] = process.argv;
const places = { journal: join(top, 'state/journal'), undo: join(top, 'state/undo') };
const list = JSON.parse(readFileSync(changes, 'utf8')) as readonly Change[];
process.stdout.write('ready\n');
const start = performance.now();
const ended = op === 'undo' ? await undo(id, places) : await land({ id, root: join(top, 'root'), source: join(top, 'source'), changes: list, started: Date.now() + 1000 }, places);
process.stdout.write(`${JSON.stringify({ ok: 'touched' in ended, took: performance.now() - start })}\n`);
