import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { TOOLS } from './offer.ts';
import type { JsonSchema, Property } from './tool.ts';

const Parameters = z.object({
  properties: z.record(z.string(), z.object({ type: z.enum(['string', 'integer', 'boolean']), description: z.optional(z.string()) })),
  required: z.optional(z.array(z.string())),
});

/** Types and words only: every token of it is sent with each session. */
function terse(full: unknown): JsonSchema {
  const { properties, required = [] } = Parameters.parse(full);
  const kept: [string, Property][] = Object.entries(properties).map(([key, { type, description }]) => [key, description === undefined ? { type } : { type, description }]);
  return { type: 'object', properties: Object.fromEntries(kept), required, additionalProperties: false };
}

test('what a model is offered is what its calls are held to (else write down in schemas.json what this prints)', () => {
  const wanted = Object.fromEntries(TOOLS.map(({ name, schema }) => [name, terse(z.toJSONSchema(schema))]));
  const offered = Object.fromEntries(TOOLS.map((tool) => [tool.name, tool.parameters()]));
  assert.deepEqual(offered, wanted, JSON.stringify(wanted, null, 2));
});

test('every tool and each of its arguments is described in docs/tools.md', () => {
  const rows = readFileSync(new URL('../../docs/tools.md', import.meta.url), 'utf8').split('\n').filter((line) => line.startsWith('| `'));
  for (const tool of TOOLS) {
    const row = rows.find((line) => line.split('|')[1]?.includes(`\`${tool.name}\``) === true) ?? '';
    assert.deepEqual(Object.keys(tool.parameters().properties).filter((name) => !row.includes(`\`${name}\``)), [], tool.name);
  }
});
