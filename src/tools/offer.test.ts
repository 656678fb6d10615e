import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { offeredTools, offerIn, toolsJson } from './offer.ts';

test('all tools together cost fewer than 900 tokens', () => {
  assert.ok(encode(toolsJson({ sandbox: true })).length < 900);
});

test('without a sandbox nothing that starts a process is offered', () => {
  const names = (sandbox: boolean): string[] => offeredTools({ sandbox }).map(({ name }) => name);
  assert.deepEqual(names(true), ['list', 'read', 'search', 'write', 'edit', 'move', 'delete', 'mkdir', 'run', 'service', 'fetch']);
  assert.deepEqual(names(false), ['list', 'read', 'write', 'edit', 'move', 'delete', 'mkdir', 'fetch']);
});

test('a sealed session is offered nothing that reaches a network', () => {
  assert.deepEqual(offeredTools({ sandbox: true, sealed: true }).map(({ name }) => name), offeredTools({ sandbox: true }).map(({ name }) => name).filter((name) => name !== 'fetch'));
  assert.notEqual(toolsJson({ sandbox: true, sealed: true }), toolsJson({ sandbox: true }));
  assert.deepEqual(offerIn({ sandbox: false, profile: 'sealed' }), { sandbox: false, sealed: true });
});

test('the offer is OpenAI tools JSON, the same bytes each time', () => {
  const tools: unknown = JSON.parse(toolsJson({ sandbox: true }));
  assert.deepEqual(tools, offeredTools({ sandbox: true }).map((tool) => ({ type: 'function', function: tool })));
  assert.equal(toolsJson({ sandbox: true }), toolsJson({ sandbox: true }));
});
