// What reading a URL tells to whom: its host, and all that the URL carries there, decoded. Who could attack: a page that
// has the model put what it read into a query, a path or a name of a host.
import { countWords, grouped, pathWords, quoted, someLines, type Line, type Part, type Reach } from './drawing.ts';
import { hostWords, readsAs } from './host-words.ts';

/** Of one value; the title has the whole URL. Characters. */
const LONG = 200;

export function fetchPart(href: string, reach: Reach): Part {
  const url = URL.parse(href);
  if (url === null) return { tone: 'warning', heading: `! it asks for what is no URL: ${cutWords(href)}`, lines: [] };
  const data = [...url.searchParams];
  const bare = url.protocol === 'http:';
  const warns = bare || data.length > 0 || readsAs(url.hostname) !== null;
  const carried = data.length === 0 ? 'the URL' : `the URL with ${countWords([[data.length, data.length === 1 ? 'value' : 'values']])} in it`;
  return {
    tone: warns ? 'warning' : 'heading',
    heading: `${warns ? '! ' : ''}it asks ${hostWords(url.hostname)}, which learns ${carried}; that can't be taken back`,
    lines: [
      ...(url.port === '' ? [] : [{ tone: 'plain', lead: 'port', text: url.port } as const]),
      ...(bare ? [{ tone: 'warning', lead: 'http', text: 'nothing of it is encrypted: others on the way can read it, and answer in its place' } as const] : []),
      { tone: 'mark', lead: 'path', text: decodedWords(url.pathname) },
      ...someLines(data, reach, 'values', dataLine),
    ],
  };
}

function dataLine([name, value]: readonly [string, string]): Line {
  return { tone: 'warning', lead: 'data', text: `${cutWords(name)} = ${cutWords(value)}` };
}

function decodedWords(path: string): string {
  const words = cutWords(path);
  if (!path.includes('%')) return words;
  try {
    return `${words} (which reads as ${cutWords(decodeURIComponent(path))})`;
  } catch {
    return words; // No text at all, as bytes.
  }
}

/** In quotes where it could run into words of ours; what is cut says so outside of them. */
export function cutWords(text: string, long = LONG): string {
  if (text.length <= long) return pathWords(text);
  return `${quoted(text.slice(0, long).toWellFormed().replaceAll(/["\\]/g, '\\$&'))}… (${grouped(text.length)} characters)`;
}

/** Of a URL, for a sentence. */
export function hostOf(href: string): string {
  const url = URL.parse(href);
  return url === null ? cutWords(href) : hostWords(url.hostname);
}
