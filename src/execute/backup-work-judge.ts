// Judges an archive of the hands' folders as it passes, before anything unpacks it: only the kinds of entries that a
// layer has, only names below the three folders, nothing through a link, and no more of it than a disk can bear.
import { foreign, MOST_ENTRIES } from '../storage/backup-format.ts';
import { BLOCK, padding, Pieces, readHead, type TarHead } from '../storage/tar.ts';

/** A folder and all below it. */
const NAME = /^(?:kept|drafts|undo)(?:\/|$)/;
/** What may be said about one. */
const KEYS = /^(?:path|linkpath|size|uid|gid|uname|gname|[amc]time|SCHILY\.xattr\.user\..+|SCHILY\.acl\.(?:access|default))$/;
/** Bytes of what is said about one entry. */
const MOST_ABOUT = 1024 * 1024;

/** The same bytes. Throws `backup.foreign` before what is wrong has passed; `tar.*` for what is no archive. */
export async function* judgeWork(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const pieces = new Pieces(archive);
  const links = new Set<string>();
  let about = new Map<string, string>();
  let count = 0;
  let ended = false;
  for (let block = await pieces.take(BLOCK); block !== null; block = await pieces.take(BLOCK)) {
    const head = readHead(block);
    if (head === null) ended = true;
    else if (ended) throw foreign('something follows the end of its drafts');
    else if (head.type === 'x') {
      if (head.size > MOST_ABOUT) throw foreign('an entry of its drafts is described too lengthily');
      const said = (await pieces.take(head.size + padding(head.size).length)) ?? Buffer.alloc(0);
      about = recordsOf(said.subarray(0, head.size));
      yield block;
      yield said;
      continue;
    } else {
      const size = judge(head, about, links);
      about = new Map();
      if ((count += 1) > MOST_ENTRIES) throw foreign(`its drafts hold more than ${MOST_ENTRIES} entries`);
      yield block;
      yield* pieces.pass(size + padding(size).length);
      continue;
    }
    yield block;
  }
}

/** @returns the bytes of its content. */
function judge(head: TarHead, about: ReadonlyMap<string, string>, links: Set<string>): number {
  const name = about.get('path') ?? head.name;
  const path = name.replace(/\/+$/, '');
  const refuse = (why: string): never => {
    throw foreign(`${JSON.stringify(name.slice(0, 200))} ${why}`);
  };
  if (!NAME.test(path) || !isPlain(path)) refuse('has no place in it');
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) if (links.has(path.slice(0, at))) refuse('lies behind a link');
  const to = about.get('linkpath') ?? head.link;
  switch (head.type) {
    case '0':
      if (name.endsWith('/')) refuse('is a file with the name of a folder');
      links.delete(path);
      return sizeOf(about.get('size')) ?? head.size;
    case '5':
    case '6':
      break;
    case '2':
      links.add(path);
      break;
    case '1':
      if (!NAME.test(to) || !isPlain(to) || [...links].some((link) => to.startsWith(`${link}/`))) refuse('is a name of something that has no place in it');
      break;
    case '3':
      // What stands for something that is gone; any other device reaches out.
      if (head.device[0] !== 0 || head.device[1] !== 0) refuse('is a device');
      break;
    default:
      refuse('is of a kind that has no place in it');
  }
  if (head.size !== 0 || about.has('size')) refuse('has a content that its kind has not');
  return 0;
}

function isPlain(path: string): boolean {
  return !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function sizeOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d{1,15}$/.test(text)) throw foreign('a size in it is none');
  return Number(text);
}

/** `LENGTH KEY=VALUE\n` (pax). Throws for what another reader could take for something else. */
function recordsOf(bytes: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? '' : bytes.toString('latin1', at, space);
    const end = at + Number(digits);
    const equals = bytes.indexOf(0x3d, space);
    if (!/^[1-9]\d{0,7}$/.test(digits) || end > bytes.length || bytes[end - 1] !== 0x0a || equals < 0 || equals >= end) throw foreign('an entry of it is described in another way');
    const key = bytes.toString('latin1', space + 1, equals);
    if (!KEYS.test(key) || found.has(key)) throw foreign('an entry of it is described in another way');
    found.set(key, bytes.toString('latin1', equals + 1, end - 1));
    at = end;
  }
  return found;
}
