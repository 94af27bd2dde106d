// `npm run supply-chain`, a part of `npm run lint`: checks where the packages of the lock file come from, and the
// licences of those that ship. Needs no network. With `--write` it first writes the addresses of the packages.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from './arguments.ts';
import { ROOT, say, writeWhole } from './workspace.ts';

const LOCK = join(ROOT, 'package-lock.json');
/**
 * The host of every package in the lock file; it does not exist (RFC 2606, section 2). `.npmrc` lets npm replace it by
 * that of the configured registry, so that any mirror works. Without addresses, npm would first ask the registry for
 * each package's (docs/adr/0074).
 */
const REGISTRY = 'https://packages.invalid/';
const WORKSPACES = ['backend', 'cli', 'frontend', 'sandbox'];
/** Licences that require only their text and a notice. Add another one here after a decision. */
const ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
];

/** Packages without an exact licence, with the licence of their text. */
const READ_IN_TEXT: Record<string, string> = { 'node_modules/url-template 2.0.8': 'BSD-3-Clause' };

export interface LockFile {
  packages?: Record<string, LockEntry>;
}

interface LockEntry {
  /** Only where it differs from the folder's. */
  name?: string;
  version?: string;
  resolved?: string;
  integrity?: string;
  /** An SPDX expression. */
  license?: string;
  link?: boolean;
  dev?: boolean;
  devOptional?: boolean;
  optional?: boolean;
}

/** The problems of a lock file, a line each. */
export function findingsIn({ packages = {} }: LockFile) {
  return Object.entries(packages).flatMap(([path, entry]) => {
    if (path === '' || WORKSPACES.includes(path)) return [];
    if (entry.link) {
      return WORKSPACES.includes(entry.resolved ?? '')
        ? []
        : [`${path} is a link to ${entry.resolved}, outside of this checkout.`];
    }
    const at = `${path} ${entry.version}`;
    const found: string[] = [];
    if (entry.resolved !== addressOf(path, entry))
      found.push(`${at} comes from ${entry.resolved ?? 'an unknown address'}: type "npm run supply-chain -- --write".`);
    if (!/^sha512-/.test(entry.integrity ?? '')) found.push(`${at} has no sha512: anything could be put in its place.`);
    // Optional packages are the pinned Node and build tools: see backend/Dockerfile.
    const ships = !entry.dev && !entry.devOptional && !entry.optional;
    if (ships && !isAllowed(READ_IN_TEXT[at] ?? entry.license))
      found.push(`${at} ships under ${entry.license ?? 'no licence'}.`);
    return found;
  });
}

/** The address of a package, as every registry has it behind its host. */
function addressOf(path: string, { name = path.replace(/^.*node_modules\//, ''), version }: LockEntry) {
  return `${REGISTRY}${name}/-/${name.replace(/^@.*\//, '')}-${version}.tgz`;
}

/** The lock file with the address of every package that has a checksum, in the order in which npm writes an entry. */
export function withAddresses(lock: LockFile): LockFile {
  const packages = Object.entries(lock.packages ?? {}).map(([path, entry]) => {
    if (!entry.integrity) return [path, entry] as const;
    const { name, version, resolved: _, ...others } = entry;
    return [path, { ...(name && { name }), version, resolved: addressOf(path, entry), ...others }] as const;
  });
  return { ...lock, packages: Object.fromEntries(packages) };
}

/** SPDX expressions: one licence, or several with OR (one must be allowed) or AND (all must be allowed). */
function isAllowed(licence = ''): boolean {
  const bare = licence.replace(/^\(|\)$/g, '');
  if (bare.includes(' AND ')) return bare.split(' AND ').every(isAllowed);
  return bare.split(' OR ').some((each) => ALLOWED.includes(each));
}

export default function supplyChain(args: string[]) {
  const { write } = readArguments('supply-chain', args, { write: { type: 'boolean' } }).values;
  const stored = JSON.parse(readFileSync(LOCK, 'utf8')) as LockFile;
  const lock = write ? withAddresses(stored) : stored;
  if (write) writeWhole(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
  const findings = findingsIn(lock);
  for (const finding of findings) say(finding);
  if (findings.length > 0) return 1;
  say(
    `${Object.values(lock.packages ?? {}).filter(({ integrity }) => integrity).length} packages: all from the registry, with checksums; what ships has a licence on the list.`,
  );
  return 0;
}
