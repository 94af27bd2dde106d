import type { PlannedItem } from '../../src/engine/model/items.js';
import type { PlanFacts } from '../../src/engine/model/plan-facts.js';
import type { DriveAccount } from '../../src/engine/ports/drive.js';
import type { Callers } from '../../src/session/caller.service.js';
import type { Credential } from '../../src/session/credentials.port.js';
import type { Session } from '../../src/session/session.port.js';
import { digest, newHandle, newToken } from '../../src/session/token.js';

export const DRIVE_SCOPE = 'https://www.googleapis.com/auth/drive';

/** A valid session of an invented person, with the given changes. */
export function aSession(parts: Partial<Session> = {}): Session {
  const createdAt = parts.createdAt ?? Date.now();
  const expiresAt = parts.expiresAt ?? createdAt + 86_400_000;
  return {
    id: digest(newToken()),
    handle: newHandle(),
    type: 'source',
    account: { sub: '1001', email: 'ana@example.com', name: 'Ana Lima' },
    credentialId: 'credential-of-ana',
    scopes: ['openid', 'email', 'profile', DRIVE_SCOPE],
    device: { browser: 'Firefox', os: 'Linux' },
    createdAt,
    expiresAt,
    endsAt: expiresAt,
    ...parts,
  };
}

/** A credential whose access token is valid for an hour. */
export function aCredential(parts: Partial<Credential> = {}): Credential {
  return {
    id: 'credential-of-ana',
    sub: '1001',
    email: 'ana@example.com',
    connectedAt: Date.now(),
    accessToken: 'access-1',
    accessTokenExpiresAt: Date.now() + 3_600_000,
    refreshToken: 'refresh-1',
    scopes: ['openid', 'email', 'profile', DRIVE_SCOPE],
    ...parts,
  };
}

/** A planned file, directly in the target folder. */
export const aPlannedItem = (ordinal: number, parts: Partial<PlannedItem> = {}): PlannedItem => ({
  ordinal,
  parent: null,
  top: ordinal,
  path: `item ${ordinal}`,
  depth: 0,
  sourceId: `source-${ordinal}`,
  name: `item ${ordinal}`,
  mimeType: 'text/plain',
  kind: 'file',
  size: 100,
  checksums: { md5: 'abc' },
  ownedByMe: true,
  canCopy: true,
  canDownload: true,
  ...parts,
});

/** Small planned text files. */
export const plannedFiles = (count: number): PlannedItem[] =>
  Array.from({ length: count }, (_, ordinal) =>
    aPlannedItem(ordinal, { path: `file ${ordinal}`, name: `file ${ordinal}`, size: 1, checksums: {} }),
  );

/** The facts of a plan of a flat folder without problems. */
export const aPlan = (parts: Partial<PlanFacts> = {}): PlanFacts => ({
  forecast: {},
  problems: {},
  changedMeanwhile: { added: 0, removed: 0 },
  filteredOut: 0,
  deepest: 1,
  largestFolder: null,
  conflicts: { skipped: 0, replaced: 0, merged: 0 },
  space: null,
  changesFrom: {},
  plannedAt: 0,
  ...parts,
});

/** The account of this subject as a side of a transfer. */
export const aParty = (sub: string): DriveAccount => ({
  sub,
  email: `${sub}@example.com`,
  readOnly: false,
});

/** The same with a subject that no other test has, for stores that tests share. */
export const aNewParty = (name: string): DriveAccount => ({ ...aParty(name), sub: `${name}-${Math.random()}` });

/** A request that sends a token of each of these accounts. */
export const callersOf = (...subs: string[]): Callers => ({
  sessions: subs.map((sub) => aSession({ account: { sub, email: `${sub}@example.com`, name: sub } })),
  sent: {},
  refused: {},
});
