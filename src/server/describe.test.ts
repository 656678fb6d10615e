// Holds the API, its OpenAPI document and docs/api.md together.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describe } from './describe.ts';
import { ROUTES } from './routes/table.ts';

interface Strict {
  readonly additionalProperties: boolean;
}

interface Document {
  readonly openapi: string;
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
}
interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: { readonly 'application/json'?: { readonly schema: Strict & { readonly anyOf?: readonly Strict[] } } } };
  readonly responses: { readonly [status: string]: { readonly content: { readonly [type: string]: object } } };
  readonly security?: readonly object[];
}

const document = JSON.parse(JSON.stringify(describe(ROUTES, '1'))) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));

test('every route is in the OpenAPI document, and nothing else', () => {
  const there = operations.map(({ path, method }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
  assert.deepEqual(there.toSorted(), ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted());
  assert.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, ROUTES.length);
  assert.equal(document.openapi, '3.1.0');
});

test('every part of a path is described, every body is strict, and every answer has a shape', () => {
  for (const { path, operation } of operations) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    assert.deepEqual(operation.parameters.filter((one) => one.in === 'path').map(({ name }) => name), names, path);
    const body = operation.requestBody?.content['application/json']?.schema;
    for (const one of body === undefined ? [] : (body.anyOf ?? [body])) assert.equal(one.additionalProperties, false, path);
    const [success = '', other] = Object.keys(operation.responses);
    assert.match(success, /^20[012]$/);
    assert.equal(other, 'default');
  }
});

test('one route needs no credential: that which gives one', () => {
  assert.deepEqual(ROUTES.filter(({ right }) => right === 'none').map(({ path }) => path), ['/api/sign-in']);
  assert.deepEqual(operations.filter(({ operation }) => operation.security !== undefined).map(({ path }) => path), ['/api/sign-in']);
});

test('only a person may say yes or no, change what can be reached or how much is asked, throw away, take back, erase, or let somebody in', () => {
  assert.deepEqual(ROUTES.filter(({ right }) => right === 'approve').map(({ method, path }) => `${method} ${path}`).toSorted(), [
    'DELETE /api/credentials/:id', 'DELETE /api/models', 'DELETE /api/policy/rules/:rule', 'DELETE /api/restore', 'DELETE /api/workspaces/:id', 'DELETE /api/workspaces/:id/rules', 'GET /api/backup', 'POST /api/actions/:id/copy', 'POST /api/actions/:id/deny', 'POST /api/actions/:id/edit', 'POST /api/actions/:id/invoke', 'POST /api/actions/:id/shown',
    'POST /api/drafts/:id/drop', 'POST /api/first-run/practice', 'POST /api/labels/trust', 'POST /api/models', 'POST /api/payloads/erase', 'POST /api/policy/rules', 'POST /api/profile', 'POST /api/restore', 'POST /api/services/:id/ports', 'POST /api/sessions/:id/settings', 'POST /api/settings', 'POST /api/sign-in/link', 'POST /api/undo', 'POST /api/workspaces', 'POST /api/workspaces/:id/rules',
  ]);
  assert.deepEqual(ROUTES.filter(({ method, right }) => method !== 'GET' && right === 'read').map(({ path }) => path), ['/api/sign-out', '/api/policy/test', '/api/policy/replay']);
});

test('no route clears or prunes the log', () => {
  assert.deepEqual(ROUTES.filter(({ method, path }) => method !== 'GET' && path.startsWith('/api/log')), []);
});

test('docs/api.md lists every route as it is', () => {
  const rows = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8').split('\n').filter((line) => line.startsWith('| `'));
  assert.deepEqual(rows, ROUTES.map(({ method, path, right, summary }) => `| \`${method} ${path}\` | ${right} | ${summary.replaceAll('|', '\\|')} |`));
});
