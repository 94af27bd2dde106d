import { AllowedAddresses } from './allowed-addresses.js';

const REFUSED: readonly [what: string, ...addresses: string[]][] = [
  ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
  ['unspecified', '0.0.0.0', '0.1.2.3', '::'],
  ['link-local, with cloud metadata', '169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'fec0::1'],
  ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd00:ec2::254'],
  ['carrier-grade NAT', '100.64.0.1', '100.127.255.255'],
  ['IPv4-mapped', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:0:127.0.0.1'],
  ['IPv4-compatible', '::127.0.0.1', '::7f00:1', '::a00:1'],
  ['6to4 and Teredo', '2002:7f00:1::', '2002:a00:1::1', '2001:0:7f00:1::1'],
  ['NAT64 to a private address, and local NAT64', '64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b:1::1'],
  ['multicast and broadcast', '224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'],
  ['reserved, benchmarks, documentation', '192.0.0.8', '192.0.2.1', '198.18.0.1', '203.0.113.5', '240.0.0.1'],
  ['the same in IPv6', '2001:db8::1', '3fff::1', '2001:2::1', '5f00::1', '100::1', '4000::1'],
  ['no address', '', 'localhost', '10.0.0.1/8', '[::1]', 'example.com'],
];

describe.each(REFUSED)('an address that is %s', (_what, ...addresses) => {
  it.each(addresses.map((address) => [address]))('is refused: %s', (address) => {
    expect(new AllowedAddresses([]).allows(address)).toBe(false);
  });
});

it.each([['8.8.8.8'], ['93.184.216.34'], ['2606:4700::1111'], ['::ffff:8.8.8.8'], ['64:ff9b::808:808']])(
  'allows the public address %s',
  (address) => {
    expect(new AllowedAddresses([]).allows(address)).toBe(true);
  },
);

it('allows the networks of the operator, also as mapped addresses, and nothing beside them', () => {
  const addresses = new AllowedAddresses(['10.1.0.0/16', '192.0.2.7/32', 'fd00:1::/32']);
  for (const inside of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', 'fd00:1::5'])
    expect(addresses.allows(inside)).toBe(true);
  for (const outside of ['10.2.0.1', '192.0.2.8', 'fd00:2::1', '127.0.0.1', '::1'])
    expect(addresses.allows(outside)).toBe(false);
});

// The URL parser gives these spellings their usual form before anything else reads them.
it.each([
  ['http://2130706433/', '127.0.0.1'],
  ['http://0177.0.0.1/', '127.0.0.1'],
  ['http://0x7f.1/', '127.0.0.1'],
  ['http://127.1/', '127.0.0.1'],
  ['http://１２７.0.0.1/', '127.0.0.1'],
  ['http://127.0.0.1./', '127.0.0.1'],
  ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
])('refuses %s, which is %s', (url, address) => {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  expect(host).toBe(address);
  expect(new AllowedAddresses([]).allows(host)).toBe(false);
});
