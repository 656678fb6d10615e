// Does a URL lead to this machine or its networks, by what it says itself? What a name resolves to is looked at when it is
// connected to (proxy-reach.ts).
import { isIP } from 'node:net';
import { whyClosed } from './proxy-address.ts';

/** True for what doesn't parse, and for any host that is an address which isn't plainly a public one, or a name of this machine. */
export function isClosedUrl(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host) !== 0) return whyClosed(host) !== null;
  // RFC 6761 and 6762: names that never leave this machine or its link; without a dot, the system's own list decides.
  return !host.includes('.') || /(?:^|\.)(?:localhost|local|internal|home\.arpa)$/.test(host);
}
