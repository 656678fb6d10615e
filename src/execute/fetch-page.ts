// A page of HTML as text to be read: headings, lists, links with where they lead. Nothing of it is run, and nothing that
// it hides is trusted less than what it shows: all of it is from outside.
import { Parser } from 'htmlparser2';

/** The parser's work grows with the square of it, and no honest page comes near. */
const DEEPEST = 512;
const LONGEST_LINK = 500; // characters
/** With all that is in them. */
const SKIPPED = new Set(['script', 'style', 'template', 'noscript', 'svg', 'math', 'iframe', 'object', 'canvas', 'audio', 'video', 'datalist']);
const BLOCKS = new Set(['p', 'div', 'section', 'article', 'header', 'footer', 'main', 'nav', 'aside', 'ul', 'ol', 'dl', 'dt', 'dd', 'table', 'tr', 'blockquote', 'pre', 'form', 'fieldset', 'figure', 'figcaption', 'details', 'summary', 'address', 'hr', 'title', 'option', 'body']);
const SPACED = new Set(['p', 'ul', 'ol', 'dl', 'table', 'blockquote', 'pre', 'figure', 'title', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'article', 'section']);
const HEADING = /^h([1-6])$/;

class TooDeep extends Error {}

/** Characters between two moments in which others have their turn. */
const PIECE = 32 * 1024;

/** @param base what its links are relative to. @returns the text, and whether all of the page is in it: not when the signal came first. */
export async function pageText(html: string, base: string, signal: AbortSignal): Promise<{ readonly text: string; readonly whole: boolean }> {
  const page = new Page(base);
  const parser = new Parser({ onopentag: (name, attributes) => page.open(name, attributes), onclosetag: (name) => page.close(name), ontext: (text) => page.text(text) });
  try {
    for (let at = 0; at < html.length && !signal.aborted; at += PIECE) {
      parser.write(html.slice(at, at + PIECE));
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (signal.aborted) return { text: page.all(), whole: false };
    parser.end();
    return { text: page.all(), whole: true };
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error;
    return { text: page.all(), whole: false };
  }
}

class Page {
  readonly #base: string;
  readonly #parts: string[] = [];
  /** New lines that are due before the next word, and whether a space is. */
  #lines = 0;
  #space = false;
  #begun = false;
  #depth = 0;
  /** The depth at which something that is skipped, or taken as it is, began; 0: nowhere. */
  #skipped = 0;
  #asIs = 0;
  /** The one that is open: another one ends it, so that no words are gone through twice. */
  #link: { readonly to: string; readonly at: number } | null = null;

  constructor(base: string) {
    this.#base = base;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new TooDeep();
    if (this.#skipped > 0) return;
    if (SKIPPED.has(name)) {
      this.#skipped = this.#depth;
      return;
    }
    const level = HEADING.exec(name)?.[1];
    if (BLOCKS.has(name) || level !== undefined || name === 'li' || name === 'br') this.#line(name === 'br' ? this.#lines + 1 : SPACED.has(name) ? 2 : 1);
    if (level !== undefined) this.#say(`${'#'.repeat(Number(level))} `);
    else if (name === 'li') this.#say('- ');
    else if (name === 'td' || name === 'th') this.#cell();
    else if (name === 'img' && attributes['alt'] !== undefined && attributes['alt'].trim() !== '') this.#say(`[image: ${oneLine(attributes['alt'])}]`);
    else if (name === 'pre' && this.#asIs === 0) this.#asIs = this.#depth;
    else if (name === 'a') this.#beginLink(attributes['href']);
  }

  close(name: string): void {
    if (this.#skipped === this.#depth) this.#skipped = 0;
    else if (this.#skipped === 0) {
      if (name === 'a') this.#endLink();
      if (this.#asIs === this.#depth) this.#asIs = 0;
      if (BLOCKS.has(name) || HEADING.test(name) || name === 'li') this.#line(SPACED.has(name) ? 2 : 1);
    }
    this.#depth -= 1;
  }

  text(text: string): void {
    if (this.#skipped > 0) return;
    if (this.#asIs > 0) return this.#say(text);
    const words = text.replace(/[ \t\n\f\r\u00a0]+/g, ' ');
    if (words.startsWith(' ')) this.#space = true;
    this.#say(words.trim());
    if (words.endsWith(' ')) this.#space = true;
  }

  all(): string {
    return this.#parts.join('').trim();
  }

  #line(lines: number): void {
    this.#lines = Math.min(2, Math.max(this.#lines, lines));
    this.#space = false;
  }

  #say(text: string): void {
    if (text === '') return;
    if (this.#lines > 0 && this.#begun) this.#parts.push('\n'.repeat(this.#lines));
    else if (this.#space && this.#begun) this.#parts.push(' ');
    this.#lines = 0;
    this.#space = false;
    this.#begun = true;
    this.#parts.push(text);
  }

  #cell(): void {
    const last = this.#parts.at(-1);
    if (this.#lines === 0 && last !== undefined && !last.endsWith('\n')) this.#parts.push(' |');
    this.#space = this.#lines === 0;
  }

  #beginLink(href: string | undefined): void {
    this.#endLink();
    if (href === undefined || href.startsWith('#') || !URL.canParse(href, this.#base)) return;
    const url = new URL(href, this.#base);
    if (/^(?:https?|mailto):$/.test(url.protocol) && url.href.length <= LONGEST_LINK) this.#link = { to: url.href, at: this.#parts.length };
  }

  #endLink(): void {
    const link = this.#link;
    this.#link = null;
    if (link === null) return;
    const words = this.#parts.slice(link.at).join('').trim();
    if (words !== '' && words !== link.to) this.#parts.push(` (${link.to})`);
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
