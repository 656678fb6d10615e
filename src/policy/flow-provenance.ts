// Where a value of a call was found, for the card: source, line and bytes, or that it is unknown. Never a guess.
import type { Origin } from './flow-match.ts';
import type { FlowField } from './flow-call.ts';
import { SOMEWHERE, type Span } from './flow-source.ts';

export interface Provenance {
  /** The argument's path, as in `to[0]`. */
  readonly argument: string;
  /** Null: found nowhere, or made of several things. */
  readonly source: string | null;
  readonly integrity: 'person' | 'workspace' | 'outside' | null;
  /** Counts from 1. */
  readonly line: number | null;
  /** UTF-8 bytes of the source: from and behind. */
  readonly bytes: readonly [number, number] | null;
  readonly words: string;
}

export function provenanceOf({ path, value, origin }: Pick<FlowField, 'path' | 'value' | 'origin'>): Provenance {
  const { source } = origin;
  if (source === null) return { argument: path, source: null, integrity: null, line: null, bytes: null, words: 'unknown: found neither in your words nor in anything read' };
  const whose = source.kind === 'person' ? 'your words' : source.kind === 'endorsed' || source.kind === 'approved' ? 'what you approved' : source.name;
  const span = origin.span === SOMEWHERE ? locate(source.content.text, String(value)) : origin.span;
  const place = span === null ? null : placeOf(source.content.text, span.start, span.end);
  return {
    argument: path, source: source.name, integrity: source.label.integrity, line: place?.line ?? null, bytes: place?.bytes ?? null,
    words: `${how(origin)} ${place === null || place.lines === 1 ? '' : `line ${place.line} of `}${whose}${source.label.integrity === 'outside' ? ', outside' : ''}`,
  };
}

/** Null where the text writes it otherwise than the data. */
function locate(text: string, field: string): Span | null {
  const at = text.indexOf(field);
  return at === -1 ? null : { start: at, end: at + field.length };
}

function how({ as, trust }: Origin): string {
  if (trust === 'named') return 'of the record that you named, in';
  return as === 'moment' ? 'follows from' : 'found in';
}

function placeOf(text: string, start: number, end: number): { readonly line: number; readonly lines: number; readonly bytes: readonly [number, number] } {
  const before = Buffer.byteLength(text.slice(0, start));
  return { line: text.slice(0, start).split('\n').length, lines: text.split('\n').length, bytes: [before, before + Buffer.byteLength(text.slice(start, end))] };
}
