import { explain, type ItemCode } from './model/reasons.js';
import type { ChecksumKind, Checksums, DriveItem } from './ports/drive.js';
import type { Outcome, PlannedItem } from './model/items.js';

export type Verdict =
  | { readonly state: 'verified'; readonly checksum?: Outcome['checksum'] }
  | { readonly state: 'unverified'; readonly code: ItemCode; readonly reason: string }
  | {
      readonly state: 'failed';
      readonly code: ItemCode;
      readonly reason: string;
      readonly checksum?: Outcome['checksum'];
    };

/** Strongest first. */
const KINDS: readonly ChecksumKind[] = ['sha256', 'md5'];

/** The checksum to compare: the strongest that the original has. */
export const decisiveOf = (stated: Checksums): ChecksumKind | undefined => KINDS.find((kind) => stated[kind]);

/**
 * Compares a copy with its planned item. Files are compared by size and by the strongest checksum that both drives
 * state (sha256, else md5); items without bytes (folders, shortcuts, Google's own types) by existence, type and place.
 * `unverified` is a separate outcome: neither a success nor a difference.
 * @param computed checksums of the bytes sent, if they passed through CloudMover
 */
export function verify(item: PlannedItem, copy: DriveItem, parentId: string, computed?: Checksums): Verdict {
  if (copy.trashed) return failed('copy_missing', 'It is in the trash of the destination.');
  if (!copy.parents.includes(parentId)) return failed('copy_moved');
  if (item.kind !== 'file') {
    return copy.mimeType === item.mimeType ? { state: 'verified' } : failed('type_mismatch', `It is ${copy.mimeType}.`);
  }
  if (item.size !== null && copy.size !== null && item.size !== copy.size)
    return failed('checksum_mismatch', `It had ${copy.size} bytes instead of ${item.size}.`);
  for (const kind of KINDS) {
    const source = item.checksums[kind] ?? computed?.[kind];
    const destination = copy.checksums[kind];
    if (!source || !destination) continue;
    const checksum = { kind, source, destination };
    if (source !== destination || (computed?.[kind] && computed[kind] !== destination))
      return { ...failed('checksum_mismatch'), checksum };
    return { state: 'verified', checksum };
  }
  return { state: 'unverified', ...explain('no_checksum') };
}

const failed = (code: ItemCode, detail?: string) => ({ state: 'failed' as const, ...explain(code, detail) });

/** Whether an original has changed since it was planned. */
export function isChanged(planned: PlannedItem, now: DriveItem): boolean {
  if (planned.kind !== 'file') return now.modifiedTime !== planned.modifiedTime;
  return (
    now.size !== planned.size ||
    now.revision !== planned.revision ||
    now.checksums.md5 !== planned.checksums.md5 ||
    now.checksums.sha256 !== planned.checksums.sha256
  );
}

/**
 * Whether someone has edited a copy: its content or its name differs from what was created. Google states no checksum
 * for Docs and some old files. Their time was set to that of the original, so a different time means an edit. The size of
 * a Doc says nothing: it changes with its links, and Google does not document how it counts.
 */
export function isEditedCopy(item: PlannedItem & { readonly outcome: Outcome }, copy: DriveItem): boolean {
  if (copy.name !== item.name) return true;
  if (item.kind === 'shortcut') return false;
  const { checksum } = item.outcome;
  const made = { ...item.checksums, ...(checksum && { [checksum.kind]: checksum.destination }) };
  const stated = KINDS.filter((kind) => made[kind] !== undefined && copy.checksums[kind]);
  if (stated.length > 0) return stated.some((kind) => copy.checksums[kind] !== made[kind]);
  return (item.kind === 'file' && copy.size !== item.size) || copy.modifiedTime !== item.modifiedTime;
}
