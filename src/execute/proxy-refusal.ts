// What a run hears when it isn't let through: why, in one line, and how to ask.
import { STATUS_CODES } from 'node:http';

/** Of our own answers: the run's commands and people can tell them from a host's. */
export const REFUSAL_HEADERS = ['Content-Type', 'text/plain; charset=utf-8', 'Cache-Control', 'no-store', 'X-Workbench', 'proxy', 'Connection', 'close'] as const;

export const NO_ROOM = 'the run asked for more than is kept on record';

export function refusalText(status: number, why: string): string {
  return `${status === 502 ? 'The host wasn’t reached' : 'The workbench refused this request'}: ${why}.\n`;
}

/** A whole answer, for a connection that isn't parsed any more. */
export function refusalBytes(status: number, why: string): string {
  const text = refusalText(status, why);
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`];
  for (let at = 0; at < REFUSAL_HEADERS.length; at += 2) lines.push(`${REFUSAL_HEADERS[at]}: ${REFUSAL_HEADERS[at + 1]}`);
  return [...lines, `Content-Length: ${Buffer.byteLength(text)}`, '', text].join('\r\n');
}
