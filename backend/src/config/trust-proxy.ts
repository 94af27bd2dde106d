// The doctor runs this file unbuilt, so it imports no other file and uses only erasable types.
import { isIP } from 'node:net';

/** The proxies whose `X-Forwarded-*` is trusted, in Fastify's format. */
export type TrustedProxies = false | string | ((address: string, hop: number) => boolean);

/** Names of ranges in proxy-addr, which Fastify uses. */
const NAMED_RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.1/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};
/** IPv4-mapped IPv6 addresses, as bits (RFC 4291 §2.5.5.2), because proxy-addr also matches them with IPv6 ranges. */
const IPV4 = '0'.repeat(80) + '1'.repeat(16);
/** Addresses of visitors: 0.0.0.0 to 223.255.255.255, and 2000::/3, which contains all public IPv6 addresses. */
const VISITORS = [[`${IPV4}0`, `${IPV4}10`, `${IPV4}110`], ['001']];
const MAX_HOPS = 10;

export const TRUST_PROXY_FORM =
  'must be the number of reverse proxies in front (1), their addresses or ranges (10.0.0.0/8,192.0.2.7), or none if visitors reach this process directly';
/** What it must be in production with an https PUBLIC_URL. CloudMover speaks no TLS, so something in front does. */
export const TRUST_PROXY_HTTPS =
  'must be the number of reverse proxies in front (1), or their addresses or ranges (10.0.0.0/8,192.0.2.7). PUBLIC_URL is https, so there is a proxy, and without it rate limits would count all clients as one. If what ends TLS sends no X-Forwarded-For but keeps the addresses of clients, set an address that never connects, such as 192.0.2.1';

/**
 * Parses TRUST_PROXY; undefined if it is not valid. Refuses `true`, and ranges that together contain all visitors: a
 * visitor could write any address into `X-Forwarded-For` and evade every limit.
 */
export function trustedProxies(value: string): TrustedProxies | undefined {
  if (['none', 'false', '0'].includes(value)) return false;
  if (/^\d+$/.test(value)) {
    const hops = Number(value);
    return hops <= MAX_HOPS ? (_address, hop) => hop < hops : undefined;
  }
  const ranges = value.split(',').map((range) => range.trim());
  const prefixes = ranges.flatMap((range) => NAMED_RANGES[range] ?? [range]).map(prefixOf);
  if (!prefixes.every((prefix) => prefix !== undefined)) return undefined;
  return VISITORS.some((all) => all.every((part) => isCovered(part, prefixes))) ? undefined : ranges.join(',');
}

/** The bits with which all addresses of a range begin; undefined if it is not a range. */
function prefixOf(range: string): string | undefined {
  const [address = '', length, ...more] = range.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || more.length > 0) return undefined;
  const bits = bitsOf(address, version);
  if (length === undefined) return bits;
  const most = version === 4 ? 32 : 128;
  return /^\d{1,3}$/.test(length) && Number(length) <= most ? bits.slice(0, 128 - most + Number(length)) : undefined;
}

function bitsOf(address: string, version: number): string {
  const bits = (numbers: readonly number[], width: number) =>
    numbers.map((number) => number.toString(2).padStart(width, '0')).join('');
  if (version === 4) return IPV4 + bits(address.split('.').map(Number), 8);
  // As the host of a URL it has no dots.
  const [front, back = []] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((groups) => groups.split(':').filter(Boolean))
    .map((groups) => groups.map((group) => parseInt(group, 16)));
  return bits([...front!, ...Array<number>(8 - front!.length - back.length).fill(0), ...back], 16);
}

/** Whether all addresses that begin with these bits are in one of the ranges. */
function isCovered(bits: string, prefixes: readonly string[]): boolean {
  if (prefixes.some((prefix) => bits.startsWith(prefix))) return true;
  const inside = prefixes.filter((prefix) => prefix.startsWith(bits));
  return inside.length > 0 && isCovered(`${bits}0`, inside) && isCovered(`${bits}1`, inside);
}
