// What was said, read back from the record: a message from its bytes on the wire, the files that a person handed
// along, and a model's reasoning from the exact answer that was received.
import * as z from 'zod/mini';
import type { Log } from '../audit/log.ts';
import type { Digest } from '../model/digest.ts';
import type { PayloadRef } from '../model/event.ts';
import { ReplyReader } from '../providers/reader.ts';

export interface Spoken {
  readonly text: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
}

const Wire = z.object({
  content: z.string(),
  tool_calls: z.optional(z.array(z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) }))),
});

/** Null: erased. */
export function readSpoken(log: Log, digest: Digest): Spoken | null {
  const bytes = log.read(digest);
  if (bytes === null) return null;
  // Every message but the first of a request begins with a comma.
  const { content, tool_calls: calls = [] } = Wire.parse(JSON.parse(new TextDecoder().decode(bytes).replace(/^,/, '')));
  return { text: content, calls: calls.map((call) => ({ id: call.id, name: call.function.name, arguments: call.function.arguments })) };
}

export interface HandedFile {
  readonly path: string;
  /** Of the payload that holds its text, in bytes. */
  readonly size: number;
  readonly digest: Digest;
}

const Handed = z.object({ said: z.int(), files: z.array(z.object({ path: z.string(), digest: z.string(), size: z.int() })) });

/** How much of a message's text the person said, and the files behind it. Null: none, or erased. */
export function readHanded(log: Log, ref: PayloadRef | undefined): { readonly said: number; readonly files: readonly HandedFile[] } | null {
  const bytes = ref === undefined ? null : log.read(ref.digest);
  if (bytes === null) return null;
  const { said, files } = Handed.parse(JSON.parse(new TextDecoder().decode(bytes)));
  return { said, files: files.map(({ path, size, digest }) => ({ path, size, digest })) };
}

/** What a reply must have somewhere for there to be any reasoning in it: a field of that name, or a tag, which may come in parts. */
const MARKS = ['reasoning', 'thought', '<', '\\u003c', '\\u003C'].map((word) => Buffer.from(word));

/** Null: there was none, or it was erased. */
export function readReasoning(log: Log, ref: PayloadRef | undefined): string | null {
  const bytes = ref === undefined ? null : log.read(ref.digest);
  if (bytes === null) return null;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!MARKS.some((mark) => buffer.includes(mark))) return null;
  const reader = new ReplyReader();
  reader.push(bytes);
  const { reasoning } = reader.end('whole');
  return reasoning === '' ? null : reasoning;
}
