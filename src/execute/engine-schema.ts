// Tool parameters (JSON Schema) → the schema dialect of the engine's grammar, and back from what it made. The
// grammar always writes every property, so an optional one may be null there, and such a null is taken out again.
// Limits that a grammar can't hold (lengths, patterns, ranges) are left to the tool, which checks every call anyway.
import type { GrammarSchema } from './engine-library.ts';

const DEPTH = 16;
const ANY: GrammarSchema = { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }, { type: 'null' }, { type: 'array' }, { type: 'object', properties: {}, additionalProperties: true }] };
const NULL: GrammarSchema = { type: 'null' };

/** What it doesn't know becomes "any JSON"; it never throws. Descriptions are kept, for the model to read. */
export function grammarSchema(schema: unknown, depth = 0): GrammarSchema {
  if (!isRecord(schema) || depth > DEPTH) return ANY;
  const shape = shapeOf(schema, depth);
  return typeof schema.description === 'string' ? { ...shape, description: schema.description } : shape;
}

function shapeOf(schema: Fields, depth: number): GrammarSchema {
  if ('const' in schema) return literals([schema.const]);
  if (Array.isArray(schema.enum)) return literals(schema.enum);
  for (const choice of [schema.oneOf, schema.anyOf]) {
    if (Array.isArray(choice) && choice.length > 0) return { oneOf: choice.map((one) => grammarSchema(one, depth + 1)) };
  }
  if (Array.isArray(schema.type) && schema.type.length > 0) {
    return { oneOf: schema.type.map((type: unknown) => grammarSchema({ ...schema, type }, depth + 1)) };
  }
  switch (schema.type) {
    case 'string':
    case 'number':
    case 'integer':
    case 'boolean':
    case 'null':
      return { type: schema.type };
    case 'array':
      return { type: 'array', items: grammarSchema(schema.items, depth + 1) };
    case 'object':
      return objectSchema(schema, depth);
    default:
      return ANY;
  }
}

function objectSchema(schema: Fields, depth: number): GrammarSchema {
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const properties = Object.entries(isRecord(schema.properties) ? schema.properties : {}).map(([key, value]): [string, GrammarSchema] => {
    const inner = grammarSchema(value, depth + 1);
    if (required.has(key)) return [key, inner];
    const { description, ...shape } = inner;
    return [key, { oneOf: [shape, NULL], ...(description === undefined ? {} : { description }) }];
  });
  return { type: 'object', properties: Object.fromEntries(properties), additionalProperties: schema.additionalProperties !== false && properties.length === 0 };
}

function literals(values: readonly unknown[]): GrammarSchema {
  const plain = values.filter((value) => value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean');
  return plain.length > 0 && plain.length === values.length ? { enum: plain } : ANY;
}

/** Takes out each null that only stands for an optional property that wasn't given. */
export function withoutNulls(value: unknown, schema: unknown, depth = 0): unknown {
  if (depth > DEPTH || !isRecord(schema)) return value;
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, schema.items, depth + 1));
  if (!isRecord(value) || !isRecord(schema.properties)) return value;
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const kept: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item === null && !required.has(key)) continue;
    kept.push([key, withoutNulls(item, schema.properties[key], depth + 1)]);
  }
  return Object.fromEntries(kept);
}

type Fields = { readonly [key: string]: unknown };

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
