import { googleError, invalidValue, type GoogleError } from '../http/errors.ts';
import type { DriveStore } from './drive-store.ts';
import { atLeast, driveOf, type Account, type Item, type Role } from './model.ts';

/**
 * The content of a file made read-only: its title, content and comments stay as they are, while sharing, moving and
 * trashing are allowed as before (https://developers.google.com/workspace/drive/api/guides/content-restrictions).
 */
export interface ContentRestriction {
  reason?: string;
  /** Only the owner, or an organizer of the shared drive, may change or lift it. */
  ownerRestricted: boolean;
  /** E-mail of who set it, and when in milliseconds. */
  by: string;
  at: number;
}

/** What a request wants: `readOnly: false` lifts a restriction. */
export interface RestrictionChange {
  readOnly: boolean;
  reason?: string;
  ownerRestricted: boolean;
}

export function isReadOnly(item: Item): boolean {
  return item.contentRestriction !== undefined;
}

/** The refusal of a change of what is read-only. */
export function readOnlyRefusal({ switches }: DriveStore): GoogleError {
  return googleError(
    switches.readOnlyRefusal === 'fileNeverWritable' ? 'fileNeverWritable' : 'insufficientFilePermissions',
  );
}

/** Whether a role may set a restriction, or change or lift the present one. */
export function mayRestrict(item: Item, role: Role | undefined, ownerRestricted: boolean): boolean {
  const manager = driveOf(item) ? role === 'organizer' : role === 'owner';
  if (item.children || item === item.owner.root) return false;
  return ownerRestricted || item.contentRestriction?.ownerRestricted ? manager : atLeast(role, 'writer');
}

/**
 * Reads `contentRestrictions` of the body of files.update.
 * @throws GoogleError 400 for another shape.
 */
export function readRestriction(value: unknown): RestrictionChange | undefined {
  if (value === null) return undefined;
  const wrong = invalidValue('file.contentRestrictions');
  if (!Array.isArray(value) || value.length > 1) throw wrong;
  // An empty list has nothing to restrict the file by.
  if (value.length === 0) return { readOnly: false, ownerRestricted: false };
  const { readOnly, reason, ownerRestricted = false } = (value[0] ?? {}) as Record<string, unknown>;
  if (typeof readOnly !== 'boolean' || typeof ownerRestricted !== 'boolean') throw wrong;
  if (reason === undefined || reason === null) return { readOnly, ownerRestricted };
  // "This is only mutable on requests that also set readOnly=true" (reference of `files`).
  if (typeof reason !== 'string' || !readOnly) throw wrong;
  return { readOnly, ownerRestricted, reason };
}

/** Sets, replaces or lifts the restriction of a file. */
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
