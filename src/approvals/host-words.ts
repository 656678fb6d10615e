// A host as a person can judge it: exactly as it is asked, and, where it is an internationalised name (RFC 5890), how it
// reads. Both are drawn, so that a look-alike is seen at once.
import { pathWords } from './drawing.ts';

/** @param host as WHATWG's URL prints it, so that a name in another script is `xn--…`. */
export function hostWords(host: string): string {
  const reads = readsAs(host);
  return reads === null ? pathWords(host) : `${pathWords(host)} (which reads as ${pathWords(reads)})`;
}

/** Null: it reads as it is written. What is no good encoding stays as it is. */
export function readsAs(host: string): string | null {
  const reads = host.split('.').map((label) => (/^xn--/i.test(label) ? (decode(label.slice(4).toLowerCase()) ?? label) : label)).join('.');
  return reads === host ? null : reads;
}

const BASE = 36;
const MOST = 0x10ffff;

/** Punycode (RFC 3492, 6.2). Null: it isn't. */
function decode(encoded: string): string | null {
  const basic = encoded.lastIndexOf('-');
  const points = Array.from(encoded.slice(0, Math.max(basic, 0)), (char) => char.codePointAt(0) ?? 0);
  let [at, point, bias] = [0, 128, 72];
  for (let next = basic + 1; next < encoded.length; ) {
    const before = at;
    for (let [weight, step] = [1, BASE]; ; step += BASE) {
      const digit = digitOf(encoded[next++]);
      if (digit === null) return null;
      at += digit * weight;
      const least = step <= bias ? 1 : step >= bias + 26 ? 26 : step - bias;
      if (at > MOST * 64) return null;
      if (digit < least) break;
      weight *= BASE - least;
    }
    const count = points.length + 1;
    bias = adapt(at - before, count, before === 0);
    point += Math.floor(at / count);
    if (point > MOST || (point >= 0xd800 && point <= 0xdfff)) return null;
    at %= count;
    points.splice(at++, 0, point);
  }
  return String.fromCodePoint(...points);
}

function digitOf(char: string | undefined): number | null {
  if (char === undefined) return null;
  if (/^[a-z]$/.test(char)) return char.charCodeAt(0) - 97;
  return /^\d$/.test(char) ? Number(char) + 26 : null;
}

function adapt(delta: number, count: number, first: boolean): number {
  let rest = first ? Math.floor(delta / 700) : Math.floor(delta / 2);
  rest += Math.floor(rest / count);
  let bias = 0;
  for (; rest > 455; bias += BASE) rest = Math.floor(rest / 35);
  return bias + Math.floor((36 * rest) / (rest + 38));
}
