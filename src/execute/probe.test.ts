// Probing, against the data files of vectors/dialects and against servers of every dialect.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dialectFiles } from '../../vectors/dialects/files.ts';
import { startScripted, type ServerDialect } from '../../vectors/dialects/scripted.ts';
import { jsonAnswer, startRoutes, startServer } from '../../vectors/dialects/server.ts';
import { probe, probeAll, quickFind } from './probe.ts';

describe('finding model servers', { concurrency: 8 }, () => {
  for (const file of dialectFiles()) {
    const { expect } = file;
    if (!('found' in expect)) continue;
    test(`${file.says} (${file.file})`, async () => {
      const server = await startRoutes(file.routes);
      try {
        const found = await probe(server.url);
        assert.deepEqual(found, expect.found === null ? null : { url: server.url, locality: 'local', ...expect.found });
        assert.deepEqual([...new Set(server.seen.map(({ method }) => method))], ['GET'], 'a probe only reads');
        if (file.endpoint === undefined) return;
        const wanted = { url: server.url, ...(file.wanted === undefined ? {} : { model: file.wanted }) };
        const { fault, ...endpoint } = file.endpoint;
        if (fault !== undefined) return await assert.rejects(quickFind(wanted), { code: fault });
        const { model, locality, window } = await quickFind(wanted);
        assert.deepEqual({ model, locality, window }, { window: undefined, ...endpoint });
      } finally {
        await server.close();
      }
    });
  }
});

const DIALECTS: readonly ServerDialect[] = ['textgen', 'llamacpp', 'ollama', 'lmstudio', 'vllm', 'generic'];
for (const dialect of DIALECTS) {
  test(`a scripted ${dialect} server is found as what it plays, with or without a hint`, async () => {
    const server = await startScripted({ dialect, turns: [], model: 'little', window: 8192 });
    try {
      const first = await quickFind({ url: `${server.url}/v1/` });
      const hinted = await quickFind({ url: server.url, model: 'little' }, { hint: dialect });
      const misled = await quickFind({ url: server.url }, { hint: 'generic' });
      assert.deepEqual(hinted, first);
      assert.deepEqual(misled, first);
      assert.deepEqual(first, { name: dialect, dialect, url: server.url, locality: 'local', model: 'little', ...(dialect === 'textgen' ? {} : { window: 8192 }) });
    } finally {
      await server.close();
    }
  });
}

test('a model that isn’t there is refused by name, and the ones that are there are told', async () => {
  const server = await startScripted({ dialect: 'ollama', turns: [], model: 'qwen3:8b' });
  try {
    await assert.rejects(quickFind({ url: server.url, model: 'gemma' }), { code: 'model.missing', hint: 'Choose one of: qwen3:8b' });
  } finally {
    await server.close();
  }
});

test('a hint of yesterday can’t make a cloud model local', async () => {
  const server = await startRoutes({
    'GET /v1/models': jsonAnswer({ object: 'list', data: [{ id: 'mine:latest', owned_by: 'library' }] }),
    'GET /api/version': jsonAnswer({ version: '0.15.0' }),
    'GET /api/tags': jsonAnswer({ models: [{ name: 'mine:latest', remote_host: 'https://cloud.example', remote_model: 'big' }] }),
  });
  try {
    for (const hint of ['generic', 'ollama', 'vllm'] as const) assert.equal((await quickFind({ url: server.url }, { hint })).locality, 'remote');
  } finally {
    await server.close();
  }
});

test('well-known ports are found by what answers, each in its own words; what is configured comes first', async () => {
  const [one, two, page] = await Promise.all([
    startScripted({ dialect: 'llamacpp', turns: [], model: 'a' }),
    startScripted({ dialect: 'vllm', turns: [], model: 'b' }),
    startServer(() => ({ headers: { 'content-type': 'text/html' }, body: ['<html>'] })),
  ]);
  const gone = await startServer(() => undefined);
  await gone.close();
  const portOf = (url: string): number => Number(new URL(url).port);
  try {
    const twoByName = two.url.replace('127.0.0.1', 'localhost');
    const found = await probeAll([gone.url, twoByName], [one.url, two.url, page.url, gone.url].map(portOf));
    assert.deepEqual(found.map(({ url, dialect, state }) => ({ url, dialect, state })), [
      { url: gone.url, dialect: 'generic', state: 'unreachable' },
      { url: twoByName, dialect: 'vllm', state: 'ready' },
      { url: one.url, dialect: 'llamacpp', state: 'ready' },
    ]);
  } finally {
    await Promise.all([one.close(), two.close(), page.close()]);
  }
});

test('a server on another machine isn’t asked before a rule allows it', async () => {
  // A spelling that reaches this machine but doesn't count as local, so that a leak would be seen here.
  const server = await startScripted({ dialect: 'generic', turns: [], model: 'm' });
  let asked = 0;
  const spy = await startServer(() => {
    asked++;
    return jsonAnswer({ object: 'list', data: [{ id: 'm' }] });
  });
  const remote = spy.url.replace('127.0.0.1', '127.1');
  try {
    assert.equal((await probe(remote))?.state, 'not-asked');
    assert.equal((await probeAll([remote], []))[0]?.state, 'not-asked');
    await assert.rejects(quickFind({ url: remote }), { code: 'model.missing' });
    const named = await quickFind({ url: remote, model: 'm' });
    assert.equal(named.locality, 'remote');
    assert.equal(asked, 0);
    assert.equal((await probe(remote, { allowRemote: true }))?.state, 'ready');
    assert.ok(asked > 0);
  } finally {
    await Promise.all([server.close(), spy.close()]);
  }
});

test('a key is shown only to the server that it is for', async () => {
  const [mine, other] = await Promise.all([startScripted({ dialect: 'generic', turns: [] }), startServer(() => jsonAnswer({ object: 'list', data: [] }))]);
  try {
    await probeAll([mine.url, other.url], [], { key: { value: 'sk-1', origin: mine.url } });
    assert.ok(other.seen.length > 0);
    assert.ok(other.seen.every(({ headers }) => headers.authorization === undefined));
  } finally {
    await Promise.all([mine.close(), other.close()]);
  }
});

test('a server that takes connections and says nothing doesn’t hold up the others', async () => {
  const server = await startServer(() => ({ body: [{ hang: true }] }));
  try {
    assert.equal(await probe(server.url, { limits: { connect: 100, firstByte: 100, stall: 100, bytes: 1000 } }), null);
  } finally {
    await server.close();
  }
});
