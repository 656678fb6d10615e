// A tool: what a model may say, as one zod schema that is validation, type and JSON schema at once.
// Schemas are strict: a key that isn't named (`approved`, `mode`…) is refused, never ignored.
import * as z from 'zod/mini';
import type { Action, Place } from '../model/action.ts';
import { readArguments } from './arguments.ts';

export type Understood = { readonly ok: true; readonly action: Action } | { readonly ok: false; readonly error: string };

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** Left out of the offer where there is no sandbox. */
  readonly needsSandbox: boolean;
  /** JSON schema of the arguments: types and words only, since every token of it is sent with each session. */
  parameters(): JsonSchema;
  /** Never throws: what doesn't fit comes back as words that a model can act on. */
  understand(text: string, place: Place): Understood;
}

export interface JsonSchema {
  readonly type: 'object';
  readonly properties: { readonly [key: string]: Property };
  readonly required: readonly string[];
  readonly additionalProperties: false;
}

export interface Property {
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description?: string;
}

export type Shape = { readonly [key: string]: z.ZodMiniType };

export function defineTool<S extends Shape>(
  name: string,
  description: string,
  shape: S,
  toAction: (args: z.infer<z.ZodMiniObject<S, z.core.$strict>>, place: Place) => Understood,
  needsSandbox = false,
): Tool {
  const schema = z.strictObject(shape);
  let parameters: JsonSchema | undefined;
  const parametersOf = (): JsonSchema => (parameters ??= terse(z.toJSONSchema(schema)));
  return {
    name,
    description,
    needsSandbox,
    parameters: parametersOf,
    understand(text, place) {
      const read = readArguments(name, text, parametersOf());
      if (!read.ok) return read;
      const parsed = schema.safeParse(read.value);
      if (parsed.success) return toAction(parsed.data, place);
      const words = parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
      return { ok: false, error: `${name}: ${words.join('; ')}` };
    },
  };
}

const Parameters = z.object({
  properties: z.record(z.string(), z.object({ type: z.enum(['string', 'integer', 'boolean']), description: z.optional(z.string()) })),
  required: z.optional(z.array(z.string())),
});

function terse(full: unknown): JsonSchema {
  const { properties, required = [] } = Parameters.parse(full);
  const kept: [string, Property][] = Object.entries(properties).map(([key, { type, description }]) => [key, description === undefined ? { type } : { type, description }]);
  return { type: 'object', properties: Object.fromEntries(kept), required, additionalProperties: false };
}
