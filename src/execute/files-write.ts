// Write and edit: a text file as a whole, or an exact replacement in one.
import type { Write } from '../model/action.ts';
import { sha256 } from '../model/digest.ts';
import type { Change, Diff } from '../model/effects.ts';
import type { Root } from './beneath.ts';
import { openFile, typeWords } from './beneath-open.ts';
import type { Found } from './beneath-walk.ts';
import { diffOf } from './files-diff.ts';
import { replaceText, type Edited } from './files-edit.ts';
import type { FileResult } from './files.ts';
import { keptMode, makeFolders, placeFile } from './files-land.ts';
import { notFound } from './files-near.ts';
import { fileDigest, needWritable, newFolders, nothing, type Modes, type Planned } from './files-plan.ts';
import { Refused, shown } from './files-refused.ts';
import { decode, notUtf8, readAll, refuseBinary, sizeWords } from './files-text.ts';

/** A file that is edited, or compared with what replaces it, is read whole up to here. */
const WHOLE_BYTES = 32 * 1024 * 1024;

/** Plans a new file or a new text for an existing one. Throws Refused. */
export async function planWrite(root: Root, action: Extract<Write, { op: 'write' }>, modes: Modes): Promise<Planned> {
  const found = root.find(action.path, 'refuse');
  const bytes = Buffer.from(action.content);
  if (found.entry === null) return planNew(found, bytes, modes);
  if (found.entry.type !== 'file' || found.name === '') throw typeWords(found);
  return await planReplaced(found, () => bytes, () => `wrote ${shown(found.path)} (${contentWords(bytes)})`);
}

/**
 * Plans an exact replacement. Throws Refused with the nearest lines when the old text isn't there.
 * @param hidden the refusal tells nothing of the text: nobody has allowed a model to read it yet.
 */
export async function planEdit(root: Root, action: Extract<Write, { op: 'edit' }>, hidden: boolean): Promise<Planned> {
  const found = root.find(action.path, 'refuse');
  if (found.entry === null) throw notFound(found);
  if (found.entry.type !== 'file' || found.name === '') throw typeWords(found);
  let edited: Edited | undefined;
  const change = (before: Buffer | null): Buffer => {
    if (before === null) throw new Refused('too-large', `${shown(found.path)} is larger than ${sizeWords(WHOLE_BYTES)}, too much to edit. Use a command such as sed.`);
    refuseBinary(found.path, before, before.length);
    const text = decode(before);
    if (text === null) throw notUtf8(found.path, before);
    edited = hidden ? replaceBlind(text, action) : replaceText(text, action);
    return Buffer.from(edited.text);
  };
  return await planReplaced(found, change, () => {
    const { lines = [], note = '' } = edited ?? {};
    const places = lines.length === 1 ? `line ${lines[0]}` : `${lines.length} places: lines ${lines.slice(0, 10).join(', ')}${lines.length > 10 ? ' …' : ''}`;
    return `edited ${shown(found.path)} (${places}${note === '' ? '' : `; ${note}`})`;
  });
}

/** Who could attack: a model that sends edits which can't match, to have a secret file's nearest lines told or counted. */
function replaceBlind(text: string, action: Extract<Write, { op: 'edit' }>): Edited {
  try {
    return replaceText(text, action);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new Refused('no-match', `old doesn't occur exactly once in ${shown(action.path)}, whose text isn't told. Ask to read it first.`);
  }
}

function planNew(found: Found, bytes: Buffer, modes: Modes): Planned {
  const { folder, path, rest } = found;
  needWritable(folder);
  const file: Change = { change: 'created', path, type: 'file', mode: modes.file, size: bytes.length, after: sha256(bytes) };
  return {
    changes: [...newFolders(found, modes, false), file],
    diffs: async () => [await diffOf(path, null, bytes)],
    land: async () => {
      const { inner, made, takeBack } = makeFolders(found, modes.folder, false);
      try {
        placeFile(inner, rest.at(-1) ?? found.name, { bytes, mode: modes.file, base: null });
      } catch (error) {
        takeBack();
        throw error;
      }
      return { text: `created ${shown(path)} (${contentWords(bytes)})`, touched: [...made, path] };
    },
  };
}

async function planReplaced(found: Found, change: (before: Buffer | null) => Buffer, words: () => string): Promise<Planned> {
  const { folder, name, path } = found;
  const { handle, stat } = await openFile(found);
  try {
    const old = stat.size > WHOLE_BYTES ? null : await readAll(handle, WHOLE_BYTES);
    const bytes = change(old);
    if (old?.equals(bytes) === true) return nothing(`${shown(path)} has exactly this text already; nothing was changed.`);
    const mode = keptMode(stat, path);
    needWritable(folder);
    const before = old === null ? await fileDigest(handle, stat) : sha256(old);
    const after = sha256(bytes);
    return {
      changes: [{ change: 'changed', path, type: 'file', mode, size: bytes.length, before, after }],
      diffs: async (): Promise<readonly Diff[]> => [old === null ? { path, unified: '', note: 'too-large' } : await diffOf(path, old, bytes)],
      land: async (): Promise<FileResult> => {
        placeFile(folder, name, { bytes, mode, base: { stat, digest: before } });
        const others = stat.nlink > 1n ? ` It had ${stat.nlink - 1n} other hard link(s), which keep the old text.` : '';
        return { text: `${words()}${others}`, touched: [path] };
      },
    };
  } finally {
    await handle.close();
  }
}

function contentWords(bytes: Buffer): string {
  const text = bytes.toString();
  const lines = text.split('\n').length - (text.endsWith('\n') || text === '' ? 1 : 0);
  return `${lines} ${lines === 1 ? 'line' : 'lines'}, ${sizeWords(bytes.length)}`;
}
