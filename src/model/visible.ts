// Draws what a card must not hide: control, format and bidirectional characters, odd spaces, lone
// surrogates, look-alikes and what is spelled in parts become visible marks. Nothing is dropped and nothing is cut.

/** Control and format characters (Unicode Cc, Cf, Zl, Zp, Co, Cn, Cs), spaces other than U+0020, and invisible fillers. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}\u00a0\u115f\u1160\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\uffa0\u034f\u17b4\u17b5\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;
/** Letters outside Latin inside a word that also has Latin ones: the classic look-alike. */
const WORD = /[\p{L}\p{M}\p{N}_.-]+/gu;
const LATIN = /\p{Script=Latin}/u;
const CONFUSABLE = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\u{ff01}-\u{ff5e}\u{1d400}-\u{1d7ff}]\p{M}*/gu;
/** A character with all that combines with it, as far as the one can look like another: a letter and its marks, or the parts of a Hangul syllable. */
const COMPOSED = /[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|[\uac00-\ud7a3][\u11a8-\u11c2]|[^\p{M}]\p{M}*|\p{M}+/gu;

/**
 * @param keep characters shown as they are, for text that is laid out in lines: '\n' and '\t' at most.
 * @returns text in which every hidden character is `‹U+202E›` and so on.
 */
export function visible(text: string, keep = ''): string {
  const drawn = text
    .replace(HIDDEN, (char) => (keep.includes(char) ? char : mark(char)))
    .replace(WORD, (word) => (LATIN.test(word) ? word.replace(CONFUSABLE, (char) => `${char}${mark(char)}`) : word));
  return /[^\u0000-\u02ff]/.test(drawn) ? composed(drawn) : drawn;
}

/** What is spelled otherwise than Unicode's form C looks just like what is spelled so. */
function composed(text: string): string {
  if (text.normalize('NFC') === text) return text;
  return text.replace(COMPOSED, (one) => {
    if (one.normalize('NFC') === one) return one;
    const [, ...combined] = one;
    return `${one}${(combined.length === 0 ? [one] : combined).map(mark).join('')}`;
  });
}

/** True when `visible` would change anything but new lines and tabs. */
export function hidesSomething(text: string): boolean {
  return visible(text, '\n\t') !== text;
}

function mark(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  if (point === 0x0a) return '‹\\n›';
  if (point === 0x0d) return '‹\\r›';
  if (point === 0x09) return '‹\\t›';
  if (point === 0x1b) return '‹ESC›';
  return `‹U+${point.toString(16).toUpperCase().padStart(4, '0')}›`;
}
