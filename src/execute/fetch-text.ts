// What a server sent, as text: by the type and the character set that it says, and as the web's standards read them. What
// isn't text is named and left alone.

export type TextType = 'html' | 'plain';

const TEXT = /^(?:text\/[\w.+-]+|application\/(?:json|xml|xhtml\+xml|(?:x-)?javascript|ecmascript|(?:x-)?yaml|toml|(?:x-)?ndjson|jsonl|sql|graphql|x-sh|[\w.-]+\+(?:json|xml|yaml)))$/;
const HTML = /^(?:text\/html|application\/xhtml\+xml)$/;
const NAME = /^[\w.+-]{1,60}\/[\w.+-]{1,80}$/;

/** Null for what isn't text. Without a word of the server's it is taken as such, and its bytes decide. */
export function textType(contentType: string): TextType | null {
  const name = nameOf(contentType);
  if (name === '') return 'plain';
  return HTML.test(name) ? 'html' : TEXT.test(name) ? 'plain' : null;
}

/** For people: the type as the server says it, or that it says none that is one. */
export function typeWords(contentType: string): string {
  const name = nameOf(contentType);
  return name === '' ? 'no type' : NAME.test(name) ? name : 'a type that is none';
}

/** Null for bytes that are no text, whatever was said of them. @param cut the last character may be broken. */
export function textOfBytes(bytes: Uint8Array, contentType: string, cut: boolean): string | null {
  const said = /;\s*charset\s*=\s*"?([\w.:-]{1,40})/i.exec(contentType)?.[1];
  const text = (decoderOf(markedBy(bytes) ?? said ?? saidInside(bytes, contentType)) ?? guess(bytes, cut)).decode(bytes);
  const whole = cut ? text.replace(/\ufffd$/, '') : text;
  return whole.includes('\0') ? null : whole;
}

function nameOf(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

/** A byte order mark is stronger than any word. */
function markedBy([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  return a === 0xfe && b === 0xff ? 'utf-16be' : a === 0xff && b === 0xfe ? 'utf-16le' : undefined;
}

/** In the first kilobyte of a page, or in the first line of XML. */
function saidInside(bytes: Uint8Array, contentType: string): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 1024)).toString('latin1');
  const said = textType(contentType) === 'html' ? /<meta[^>]{0,300}?charset\s*=\s*["']?([\w.:-]{1,40})/i.exec(head)?.[1] : undefined;
  const word = said ?? /^<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})/.exec(head)?.[1];
  // What says so in bytes of ASCII isn't written in two bytes each.
  return word !== undefined && /^utf-?16/i.test(word) ? 'utf-8' : word;
}

function decoderOf(name: string | undefined): InstanceType<typeof TextDecoder> | undefined {
  try {
    return name === undefined ? undefined : new TextDecoder(name);
  } catch {
    return undefined;
  }
}

/** UTF-8 where it is, else what the web takes old pages for. */
function guess(bytes: Uint8Array, cut: boolean): InstanceType<typeof TextDecoder> {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut });
    return new TextDecoder('utf-8');
  } catch {
    return new TextDecoder('windows-1252');
  }
}
