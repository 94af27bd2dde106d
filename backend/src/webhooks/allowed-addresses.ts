import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** All public IPv6 addresses (https://www.iana.org/assignments/ipv6-address-space); the others have special meanings. */
const PUBLIC_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** A gateway translates the rest of these addresses to the IPv4 address at their end (RFC 6052 §2.1). */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** The addresses that CloudMover may send webhooks to: public ones, and the operator's networks. */
export class AllowedAddresses {
  private readonly networks: readonly [Address, number][];

  /** @param networks further allowed networks, such as `10.0.0.0/8` */
  constructor(networks: readonly string[]) {
    this.networks = networks.map((network) => ipaddr.parseCIDR(network));
  }

  /**
   * Whether an address is public or in one of the networks. Only ranges that are known to be public pass, so that a
   * special range which this version does not know is refused.
   * @param text IPv4 or IPv6, without brackets; other texts are refused
   */
  allows(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    const address = realAddress(text);
    if (this.networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits)))
      return true;
    return address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(...PUBLIC_IPV6));
  }
}

/** The address that packets reach: the IPv4 address inside a mapped or translated one, otherwise the address itself. */
function realAddress(text: string): Address {
  const address = ipaddr.process(text);
  return address.kind() === 'ipv6' && address.match(...NAT64)
    ? ipaddr.fromByteArray(address.toByteArray().slice(-4))
    : address;
}
