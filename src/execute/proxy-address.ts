// Says which addresses the house doesn't connect to for a run, unless the person named them: this machine, its
// networks, and all that is not plainly one public host. IPv6 is refused but for what is known to be public.
// The default import: the bundle can only name what Node exports eagerly.
import sockets, { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** IANA's special-purpose registry (RFC 6890), with multicast and the future. */
const CLOSED_FOUR: readonly (readonly [net: string, bits: number, what: string])[] = [
  ['0.0.0.0', 8, 'this machine'],
  ['127.0.0.0', 8, 'this machine (loopback)'],
  ['10.0.0.0', 8, 'a private network'],
  ['172.16.0.0', 12, 'a private network'],
  ['192.168.0.0', 16, 'a private network'],
  ['100.64.0.0', 10, 'a network that providers share'],
  ['169.254.0.0', 16, 'the local link, where clouds keep their credentials'],
  // A public address in form; on Azure it is the host's own service, which hands out credentials.
  ['168.63.129.16', 32, 'a cloud’s own service'],
  ['192.0.0.0', 24, 'a special network'],
  ['192.0.2.0', 24, 'a network for examples'],
  ['192.88.99.0', 24, 'a tunnel between networks'],
  ['198.18.0.0', 15, 'a network for measurements'],
  ['198.51.100.0', 24, 'a network for examples'],
  ['203.0.113.0', 24, 'a network for examples'],
  ['224.0.0.0', 4, 'many hosts at once'],
  ['240.0.0.0', 4, 'no host'],
];
/** Of the public part. What lies outside of it (loopback, link, private, IPv4 in disguise, NAT64) is closed as a whole. */
const PUBLIC_SIX = ['2000::', 3] as const;
const CLOSED_SIX: readonly (readonly [net: string, bits: number, what: string])[] = [
  ['2001::', 23, 'a special network'],
  ['2001:db8::', 32, 'a network for examples'],
  ['2002::', 16, 'a tunnel that leads to an IPv4 address'],
  ['3fff::', 20, 'a network for examples'],
];

/** Made when an address is first looked at: most calls look at none. */
function madeLists() {
  return {
    open: listOf([PUBLIC_SIX], 'ipv6'),
    4: CLOSED_FOUR.map(([net, bits, what]) => ({ what, list: listOf([[net, bits]], 'ipv4') })),
    6: CLOSED_SIX.map(([net, bits, what]) => ({ what, list: listOf([[net, bits]], 'ipv6') })),
  };
}
let lists: ReturnType<typeof madeLists> | undefined;

/** @returns what it leads to, in words, or null for the address of one public host. */
export function whyClosed(address: string): string | null {
  const family = isIP(address);
  lists ??= madeLists();
  if (family === 4) return lists[4].find(({ list }) => list.check(address, 'ipv4'))?.what ?? ownOrNull(address);
  if (family !== 6) return 'no address';
  if (address.includes('%') || !lists.open.check(address, 'ipv6')) return 'this machine, its networks or another address in disguise';
  return lists[6].find(({ list }) => list.check(address, 'ipv6'))?.what ?? ownOrNull(address);
}

/** A public address of this very machine reaches what listens here as well as loopback does. */
function ownOrNull(address: string): string | null {
  const own = new sockets.BlockList();
  for (const one of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) own.addAddress(one.address.split('%')[0] ?? '', one.family === 'IPv4' ? 'ipv4' : 'ipv6');
  return own.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6') ? 'this machine' : null;
}

function listOf(nets: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): sockets.BlockList {
  const list = new sockets.BlockList();
  for (const [net, bits] of nets) list.addSubnet(net, bits, family);
  return list;
}
