// Words in a sentence of a conversation: as `visible` draws them, but emoji that Unicode lists stay whole, and the odd
// spaces that models like are drawn as spaces. Not for cards, commands and paths: there every character counts.
import { visible } from '../../../src/model/visible.ts';

const EMOJI = new RegExp('(\\p{RGI_Emoji})', 'v');
const ODD_SPACE = /[\u00a0\u2009\u202f]/g;
const NAMED: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: '\'', nbsp: ' ' };

export function prose(text: string): string {
  if (!/[^\n\x20-\x7e]/.test(text)) return text;
  return text.replace(ODD_SPACE, ' ').split(EMOJI).map((part, index) => (index % 2 === 1 ? part : visible(part, '\n\t'))).join('');
}

/** Markdown may spell a character by its name or number. */
export function unspell(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos|nbsp));/g, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return point > 0 && point <= 0x10_ff_ff ? String.fromCodePoint(point) : whole;
  });
}
