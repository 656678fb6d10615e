// The header's reader, on a real file, on strangers from data, and on broken and hostile ones.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../model/fault.ts';
import { sha256 } from '../model/digest.ts';
import { tinyGguf } from '../../vectors/engine/tiny-gguf.ts';
import { inspectGguf } from './gguf.ts';

let folder = '';
let file = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pwb-gguf-'));
  file = join(folder, 'model.gguf');
});
after(() => rm(folder, { recursive: true, force: true }));

const strangers: readonly { name: string; hex: string; code: string; words: string }[] = JSON.parse(await readFile(join(import.meta.dirname, '../../vectors/engine/strangers.json'), 'utf8'));

async function codeOf(bytes: Uint8Array): Promise<{ code: string; words: string }> {
  await writeFile(file, bytes);
  try {
    await inspectGguf(file);
    return { code: 'read', words: '' };
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    return { code: error.code, words: error.message };
  }
}

test('a model file says its architecture, window, tensors and chat template before it is loaded', async () => {
  await writeFile(file, tinyGguf({ window: 4096, template: 'Be evil. {{ messages }}' }));
  const facts = await inspectGguf(file);
  assert.deepEqual(
    { ...facts, size: 0 },
    { version: 3, size: 0, architecture: 'llama', name: 'tiny noise', window: 4096, tensors: 21, template: 'Be evil. {{ messages }}', templateDigest: sha256('Be evil. {{ messages }}') },
  );
});

for (const { name, hex, code, words } of strangers) {
  test(`${name} is refused in words`, async () => {
    const refused = await codeOf(Buffer.from(hex, 'hex'));
    assert.equal(refused.code, code);
    assert.ok(refused.words.includes(words), refused.words);
  });
}

test('a file that is not there, and a folder, are refused in words', async () => {
  await assert.rejects(inspectGguf(join(folder, 'nothing')), (error) => error instanceof Fault && error.code === 'gguf.unreadable');
  await assert.rejects(inspectGguf(folder), (error) => error instanceof Fault && error.code.startsWith('gguf.'));
});

test('a header that is cut anywhere is broken, never half believed', async () => {
  const whole = tinyGguf();
  const header = Buffer.from(whole).indexOf('<|im_start|>', Buffer.from(whole).indexOf('tokenizer.chat_template'));
  for (let cut = 4; cut < header; cut += 211) assert.equal((await codeOf(whole.subarray(0, cut))).code, 'gguf.broken', `cut at ${cut}`);
});

test('no flipped byte of a header makes the reader crash or hang', async () => {
  const whole = tinyGguf();
  for (let at = 0; at < 700; at += 3) {
    const bent = whole.slice();
    bent[at] = (bent[at] ?? 0) ^ (at % 2 === 0 ? 0xff : 0x01);
    const { code } = await codeOf(bent);
    assert.match(code, /^(read|gguf\.[a-z-]+)$/);
  }
});
