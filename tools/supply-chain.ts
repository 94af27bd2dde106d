// `npm run supply-chain`, a part of `npm run lint`: checks where the packages of the lock file come from, and the
// licences of those that ship. Needs no network.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, say } from './workspace.ts';

const REGISTRY = 'https://registry.npmjs.org/';
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
    // `.npmrc` omits addresses so that any mirror works; existing ones must be the registry's.
    if (entry.resolved && !entry.resolved.startsWith(REGISTRY))
      found.push(`${at} comes from ${hostOf(entry.resolved)}.`);
    if (!/^sha512-/.test(entry.integrity ?? '')) found.push(`${at} has no sha512: anything could be put in its place.`);
    // Optional packages are the pinned Node and build tools: see backend/Dockerfile.
    const ships = !entry.dev && !entry.devOptional && !entry.optional;
    if (ships && !isAllowed(READ_IN_TEXT[at] ?? entry.license))
      found.push(`${at} ships under ${entry.license ?? 'no licence'}.`);
    return found;
  });
}

function hostOf(address: string) {
  return URL.canParse(address) ? new URL(address).origin : address;
}

/** SPDX expressions: one licence, or several with OR (one must be allowed) or AND (all must be allowed). */
function isAllowed(licence = ''): boolean {
  const bare = licence.replace(/^\(|\)$/g, '');
  if (bare.includes(' AND ')) return bare.split(' AND ').every(isAllowed);
  return bare.split(' OR ').some((each) => ALLOWED.includes(each));
}

export default function supplyChain() {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as LockFile;
  const findings = findingsIn(lock);
  for (const finding of findings) say(finding);
  if (findings.length > 0) return 1;
  say(
    `${Object.values(lock.packages ?? {}).filter(({ integrity }) => integrity).length} packages: all from the registry, with checksums; what ships has a licence on the list.`,
  );
  return 0;
}
