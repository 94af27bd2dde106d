// The doctor reads this file as it is, before anything is built: no import of ours, and types that can be left out.
import { BlockList, isIP } from 'node:net';

/** The proxies whose `X-Forwarded-*` is trusted, in Fastify's format. */
export type TrustedProxies = false | string | ((address: string, hop: number) => boolean);

/** Names that proxy-addr, which Fastify uses, has for ranges. */
const NAMED_RANGES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];
const MAX_HOPS = 10;

export const TRUST_PROXY_FORM =
  'must be how many reverse proxies are in front (1), or their addresses or ranges (10.0.0.0/8,192.0.2.7), or none where visitors reach this process directly';

/**
 * The value of TRUST_PROXY, or undefined if it is not usable. `true` is refused: it would trust the
 * address that a visitor writes into `X-Forwarded-For`, and so no limit would hold.
 */
export function trustedProxies(value: string): TrustedProxies | undefined {
  if (['none', 'false', '0'].includes(value)) return false;
  if (/^\d+$/.test(value)) {
    const hops = Number(value);
    return hops <= MAX_HOPS ? (_address, hop) => hop < hops : undefined;
  }
  const ranges = value.split(',').map((range) => range.trim());
  return ranges.every(isRange) ? ranges.join(',') : undefined;
}

function isRange(text: string): boolean {
  if (NAMED_RANGES.includes(text)) return true;
  const [address = '', length, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  if (length === undefined) return true;
  // A range of everything is the same as `true`.
  if (!/^\d{1,3}$/.test(length) || Number(length) === 0) return false;
  try {
    new BlockList().addSubnet(address, Number(length), version === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}
