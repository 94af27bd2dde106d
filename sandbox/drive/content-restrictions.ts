import { googleError, invalidValue, type GoogleError } from '../http/errors.ts';
import type { DriveStore } from './drive-store.ts';
import { atLeast, driveOf, type Account, type Item, type Role } from './model.ts';

/**
 * A restriction that makes a file's title, content and comments read-only. Sharing, moving and trashing stay allowed
 * (https://developers.google.com/workspace/drive/api/guides/content-restrictions).
 */
export interface ContentRestriction {
  reason?: string;
  /** Only the owner, or an organizer of the shared drive, may change or lift it. */
  ownerRestricted: boolean;
  /** E-mail of the person who set it. */
  by: string;
  /** Time in milliseconds. */
  at: number;
}

/** A requested change; `readOnly: false` removes the restriction. */
export interface RestrictionChange {
  readOnly: boolean;
  reason?: string;
  ownerRestricted: boolean;
}

export function isReadOnly(item: Item): boolean {
  return item.contentRestriction !== undefined;
}

/** The error for a change of read-only content. */
export function readOnlyRefusal({ switches }: DriveStore): GoogleError {
  return googleError(
    switches.readOnlyRefusal === 'fileNeverWritable' ? 'fileNeverWritable' : 'insufficientFilePermissions',
  );
}

/** Whether a role may set a restriction, or change or remove the current one. */
export function mayRestrict(item: Item, role: Role | undefined, ownerRestricted: boolean): boolean {
  const manager = driveOf(item) ? role === 'organizer' : role === 'owner';
  if (item.children || item === item.owner.root) return false;
  return ownerRestricted || item.contentRestriction?.ownerRestricted ? manager : atLeast(role, 'writer');
}

/**
 * Reads `contentRestrictions` from the body of files.update.
 * @throws GoogleError 400 for an invalid value.
 */
export function readRestriction(value: unknown): RestrictionChange | undefined {
  if (value === null) return undefined;
  const wrong = invalidValue('file.contentRestrictions');
  if (!Array.isArray(value) || value.length > 1) throw wrong;
  // An empty list changes nothing.
  if (value.length === 0) return { readOnly: false, ownerRestricted: false };
  const { readOnly, reason, ownerRestricted = false } = (value[0] ?? {}) as Record<string, unknown>;
  if (typeof readOnly !== 'boolean' || typeof ownerRestricted !== 'boolean') throw wrong;
  if (reason === undefined || reason === null) return { readOnly, ownerRestricted };
  // "This is only mutable on requests that also set readOnly=true" (reference of `files`).
  if (typeof reason !== 'string' || !readOnly) throw wrong;
  return { readOnly, ownerRestricted, reason };
}

/** Sets, replaces or removes the restriction of a file. */
export function applyRestriction(item: Item, change: RestrictionChange, account: Account, now: number): void {
  if (!change.readOnly) {
    delete item.contentRestriction;
    return;
  }
  const { reason, ownerRestricted } = change;
  item.contentRestriction = {
    ownerRestricted,
    by: account.email,
    at: now,
    ...(reason === undefined ? {} : { reason }),
  };
}
