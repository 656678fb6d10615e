// Bytes as text, strictly: what isn't UTF-8 is named for what it seems to be, and never guessed into shape.
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Digest } from '../model/digest.ts';
import type { WorkPath } from '../model/action.ts';
import { Refused, shown } from './files-refused.ts';

/** How much of a file's beginning is looked at to tell text from data. */
export const HEAD_BYTES = 8192;
export const BOM = '\ufeff';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of UTF-8 bytes, a byte order mark kept as U+FEFF, so that encoding gives the same bytes; null for anything else. */
export function decode(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** Refuses data that isn't text, by what its first bytes say that it is. */
export function refuseBinary(path: WorkPath, head: Uint8Array, size: bigint | number): void {
  if (!head.includes(0)) return;
  throw new Refused('binary', `${shown(path)} is not text: ${kindOf(head)}, ${sizeWords(size)}.`);
}

/** Words for a file that has no NUL but isn't UTF-8 either. */
export function notUtf8(path: WorkPath, bytes: Uint8Array): Refused {
  const controls = bytes.filter((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12 && byte !== 27).length;
  const known = magic(bytes);
  if (known !== undefined || controls > bytes.length / 100) return new Refused('binary', `${shown(path)} is not text: ${known ?? 'unknown data'}, ${sizeWords(bytes.length)} looked at.`);
  return new Refused('binary', `${shown(path)} is not UTF-8 text. It may be Latin-1 or Windows-1252; \`iconv -f WINDOWS-1252 -t UTF-8\` would convert it.`);
}

const MAGIC: readonly (readonly [bytes: string, name: string, at?: number])[] = [
  ['\x7fELF', 'an ELF program or library'], ['\x89PNG\r\n', 'a PNG image'], ['\xff\xd8\xff', 'a JPEG image'], ['GIF8', 'a GIF image'],
  ['%PDF-', 'a PDF document'], ['PK\x03\x04', 'a ZIP archive (or an Office document)'], ['\x1f\x8b', 'gzip data'], ['BZh', 'bzip2 data'],
  ['\xfd7zXZ\0', 'xz data'], ['\x28\xb5\x2f\xfd', 'zstd data'], ['7z\xbc\xaf', 'a 7z archive'], ['ustar', 'a tar archive', 257],
  ['SQLite format 3\0', 'a SQLite database'], ['GGUF', 'GGUF model weights'], ['\0asm', 'WebAssembly'], ['MZ', 'a Windows program'],
  ['\xca\xfe\xba\xbe', 'a Java class or Mach-O program'], ['\xcf\xfa\xed\xfe', 'a Mach-O program'], ['OggS', 'Ogg media'], ['RIFF', 'RIFF media'],
  ['ID3', 'MP3 audio'], ['ftyp', 'MP4 media', 4], ['wOF2', 'a font'], ['\xff\xfe', 'UTF-16 text; convert it with `iconv -f UTF-16 -t UTF-8`'],
  ['\xfe\xff', 'UTF-16 text; convert it with `iconv -f UTF-16 -t UTF-8`'], ['\x80\x04', 'a Python pickle'], ['\x80\x05', 'a Python pickle'],
];

function magic(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 512)).toString('latin1');
  return MAGIC.find(([bytes, , at = 0]) => text.startsWith(bytes, at))?.[1];
}

function kindOf(head: Uint8Array): string {
  return magic(head) ?? 'unknown data';
}

/** 999 B, 1.2 KB, 3.4 MB: decimal units. */
export function sizeWords(size: bigint | number): string {
  let value = Number(size);
  if (value < 1000) return `${value} B`;
  for (const unit of ['KB', 'MB', 'GB']) {
    value /= 1000;
    if (value < 999.95) return `${value.toFixed(1)} ${unit}`;
  }
  return `${(value / 1000).toFixed(1)} TB`;
}

/** All of a file, or null when it is longer than `most` bytes (it may have grown since its size was asked for). */
export async function readAll(handle: FileHandle, most: number): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for (;;) {
    const { size } = await handle.stat();
    const part = Buffer.allocUnsafe(Math.min(Math.max(size - length, 0) + 1, most + 1 - length));
    const { bytesRead } = await handle.read(part, 0, part.length, length);
    if (bytesRead === 0) return Buffer.concat(parts, length);
    parts.push(part.subarray(0, bytesRead));
    length += bytesRead;
    if (length > most) return null;
  }
}

/** SHA-256 of all that a handle holds, in pieces. */
export async function digestOf(handle: FileHandle): Promise<Digest> {
  const sum = createHash('sha256');
  const piece = Buffer.allocUnsafe(1 << 18);
  for (let at = 0; ; ) {
    const { bytesRead } = await handle.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return sum.digest('hex');
    sum.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
}
