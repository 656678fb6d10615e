// Canonical forms of what values point to: a link as a browser reads it, a mail address as its domain does, a path byte by
// byte. Look-alike letters stay different, since a name in another script has another form (IDNA). A name that only some
// programs would read as another (wide letters, invisible ones) is equal to nothing but itself.
import { domainToASCII } from 'node:url';

interface Form { readonly type: 'url' | 'email' | 'path'; readonly form: string; readonly length?: number }

/** Ends of names that are domains rather than files; others with a dot are paths. Wrongly a path only means: not a link of the person's. */
const TLDS = new Set('com org net edu gov mil int info biz io ai app dev co me tv cc ly to gl gg xyz site online shop top club store tech link page live news blog cloud zone eu uk de fr it es nl be ch at se no dk fi pl cz pt ie gr us ca mx br ar cl au nz jp cn kr in ru ua tr za il sg hk tw'.split(' '));
/** Ends that are files and nothing else. */
const FILES = new Set('txt csv tsv doc docx xls xlsx ppt pptx odt ods odp pdf rtf json yaml yml xml html htm css js ts tsx jsx mjs cjs c h cpp hpp java go rb php sql log ini toml conf cfg png jpg jpeg gif webp svg bmp tiff mp3 mp4 wav avi mkv tar gz bz2 xz rar exe dll bin iso ics eml msg bak tmp lock'.split(' '));

export function linkForm(text: string): Form | null {
  const bare = trimEnd(text);
  const scheme = SCHEME.exec(bare)?.[0] ?? '';
  try {
    const { href } = new URL(scheme === '' ? `https://${bare}` : bare);
    const host = bare.slice(scheme.length).split(/[/?#]/)[0] ?? '';
    return { type: 'url', form: isOdd(host) ? `${ODD}${bare}` : href, length: bare.length };
  } catch {
    return null;
  }
}

/** Before what has no form that all programs agree on. */
const ODD = 'odd:';
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const isOdd = (host: string): boolean => host.normalize('NFKC') !== host || /[\p{Cf}\p{Cc}]/u.test(host);

/** A link without a scheme is of either: the forms that it may have. */
export function linkForms(text: string): readonly string[] {
  const form = linkForm(text)?.form;
  if (form === undefined) return [];
  return SCHEME.test(text) || !form.startsWith('https:') ? [form] : [form, form.replace('https:', 'http:')];
}

/** The local part as it is written, the domain as DNS compares it. */
export function mailForm(text: string): Form | null {
  const at = text.lastIndexOf('@');
  const written = text.slice(at + 1);
  const domain = isOdd(written) ? `${ODD}${written}` : domainToASCII(written);
  return domain === '' ? null : { type: 'email', form: `${text.slice(0, at).normalize('NFC')}@${domain}` };
}

/** Bytes are compared, as file systems do; `./` and doubled slashes say nothing. Null where it climbs. */
export function pathForm(text: string): Form | null {
  const bare = text.replace(/\.+$/, '');
  if (bare === '' || bare.split('/').includes('..')) return null;
  return { type: 'path', form: bare.replaceAll(/\/{2,}/g, '/').replace(/^(?:\.\/)+/, ''), length: bare.length };
}

/** A dot with an end, or a slash: anything that could be a file's name. */
export function isPathLike(text: string): boolean {
  const bare = text.replace(/\.+$/, '');
  return (bare.includes('/') && /[\p{L}_]/u.test(bare) && !/^\d+\/\d+/.test(bare)) || (/^[^/]*[\p{L}\p{N}_]\.[A-Za-z][A-Za-z0-9]{0,9}$/u.test(bare) && !/^\d/.test(bare.split('.').at(-1) ?? ''));
}

export function isTld(text: string): boolean {
  const host = text.split(/[/?#:]/)[0] ?? '';
  const last = host.split('.').at(-1)?.toLowerCase() ?? '';
  return /^www\./i.test(host) || TLDS.has(last);
}

/** Could a reader's program make a link of this path-like word? */
export function isLinkLike(form: string): boolean {
  const host = form.split('/')[0] ?? '';
  const last = host.split('.').at(-1)?.toLowerCase() ?? '';
  return host.includes('.') && /^[\p{L}]{2,24}$/u.test(last) && !FILES.has(last);
}

/** What ends a sentence isn't part of a link, nor is a bracket that was opened before it. */
function trimEnd(text: string): string {
  const count = (char: string): number => text.split(char).length - 1;
  // More of the closing ones than were opened within.
  const over = new Map([[')', count(')') - count('(')], [']', count(']') - count('[')]]);
  let end = text.length;
  for (; end > 0; end -= 1) {
    const last = text[end - 1] ?? '';
    const closes = over.get(last);
    if (!'.,;:!?)]»”’*_'.includes(last) || (closes !== undefined && closes <= 0)) break;
    if (closes !== undefined) over.set(last, closes - 1);
  }
  return text.slice(0, end);
}
