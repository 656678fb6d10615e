// A tool: what a model may say, as one zod schema that is validation, type and JSON schema at once.
// Schemas are strict: a key that isn't named (`approved`, `mode`…) is refused, never ignored.
import * as z from 'zod/mini';
import SCHEMAS from './schemas.json' with { type: 'json' };
import type { Action, Place } from '../model/action.ts';
import type { Handle } from '../model/proposal.ts';
import { readArguments } from './arguments.ts';

/** `handles`: which of the action's arguments were passed unread. Absent: none. */
export type Understood = { readonly ok: true; readonly action: Action; readonly handles?: readonly Handle[] } | { readonly ok: false; readonly error: string };

/** What an earlier action of the session read and kept, by its handle; or words why there is nothing. */
export type Kept = (handle: string) => { readonly ok: true; readonly text: string; readonly source: Omit<Handle, 'argument'> } | { readonly ok: false; readonly error: string };

export const NOTHING_KEPT: Kept = () => ({ ok: false, error: 'nothing is kept here' });

export const KEEP_WORDS = 'get a handle, not the text';

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** Left out of the offer where there is no sandbox. */
  readonly needsSandbox: boolean;
  /** Left out of the offer where nothing reaches a network. */
  readonly needsNetwork?: true;
  /** What the arguments are held to. */
  readonly schema: z.ZodMiniType;
  /** JSON schema of the arguments: types and words only, since every token of it is sent with each session. */
  parameters(): JsonSchema;
  /** Never throws: what doesn't fit comes back as words that a model can act on. */
  understand(text: string, place: Place, kept: Kept): Understood;
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

/**
 * The schemas as JSON schema, written down: working them out costs every start milliseconds and 40 kB of code.
 * INVARIANT: they say what the zod schemas say; a test holds that.
 */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type of the JSON file names each tool apart; the test named above holds the shape.
const KNOWN = new Map(Object.entries(SCHEMAS).map(([name, schema]): [string, JsonSchema] => [name, schema as JsonSchema]));

export type Shape = { readonly [key: string]: z.ZodMiniType };

export function defineTool<S extends Shape>(
  name: string,
  description: string,
  shape: S,
  toAction: (args: z.infer<z.ZodMiniObject<S, z.core.$strict>>, place: Place, kept: Kept) => Understood,
  needsSandbox = false,
): Tool {
  const schema = z.strictObject(shape);
  const parametersOf = (): JsonSchema => {
    const known = KNOWN.get(name);
    if (known === undefined) throw new Error(`schemas.json has no tool ${name}`);
    return known;
  };
  return {
    name,
    description,
    needsSandbox,
    schema,
    parameters: parametersOf,
    understand(text, place, kept) {
      const read = readArguments(name, text, parametersOf());
      if (!read.ok) return read;
      const parsed = schema.safeParse(read.value);
      if (parsed.success) return toAction(parsed.data, place, kept);
      const words = parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
      return { ok: false, error: `${name}: ${words.join('; ')}` };
    },
  };
}
