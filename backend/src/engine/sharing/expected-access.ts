import type { AccessCode, DrivePermission, WantedPermission } from '../model/sharing.js';
import type { ItemKind } from '../ports/drive.js';
import { present } from '../present.js';
import {
  type CopyAccess,
  covers,
  type EffectiveAccess,
  extended,
  granteeKey,
  inLimited,
  type ItemAccess,
  type SharingRules,
} from './wanted-access.js';

/** What the destination contains where a copy will be: a folder to merge into, or an item to replace. */
export interface ExistingAccess {
  /** Of a folder: its path in the target. Missing: an item that the copy replaces. */
  readonly folder?: string;
  /** Its effective permissions, without CloudMover's. */
  readonly permissions: readonly DrivePermission[];
  /** A limited folder: it does not inherit permissions of the folders above. */
  readonly isLimited: boolean;
}

/** Why Google will refuse a permission; undefined: nothing is known against it. */
export type Refusal = (wanted: WantedPermission, isFolder: boolean) => AccessCode | undefined;

interface Expected {
  /** The access that the rules want. */
  readonly planned: CopyAccess;
  /** The access that the copy will have as far as this can be known. */
  readonly access: CopyAccess;
  /** By `granteeKey`: why the access is less than planned. */
  readonly narrowed: ReadonlyMap<string, AccessCode>;
}

/**
 * Determines who will be able to open the copies, as far as it can be known before the start: those whom the rules want,
 * without permissions that Google will refuse, and those who can open what the destination contains already. Add items
 * in the order of their ordinals, folders first.
 */
export class ExpectedAccess {
  private readonly root: Expected;
  private readonly folders = new Map<number, Expected>();
  /** One object for items with the same access in folders with the same access, so that it is counted once. */
  private readonly known = new WeakMap<ItemAccess, Map<Expected, Expected>>();
  private readonly destination: string;

  /** @param target access of the target folder */
  constructor(
    target: CopyAccess,
    private readonly rules: Pick<SharingRules, 'accounts' | 'now'>,
    private readonly refusal: Refusal = () => undefined,
  ) {
    this.root = { planned: target, access: target, narrowed: new Map() };
    this.destination = rules.accounts.destination.toLowerCase();
  }

  add(
    item: { readonly ordinal: number; readonly parent: number | null; readonly kind: ItemKind },
    planned: ItemAccess,
    existing: ExistingAccess | undefined,
  ): ItemAccess {
    const above = (item.parent === null ? undefined : this.folders.get(item.parent)) ?? this.root;
    const isFolder = item.kind === 'folder';
    const expected = this.of(planned, above, isFolder, existing);
    if (isFolder) this.folders.set(item.ordinal, expected);
    return { ...planned, access: expected.access };
  }

  private of(planned: ItemAccess, above: Expected, isFolder: boolean, existing: ExistingAccess | undefined): Expected {
    if (existing) return this.expect(planned, above, isFolder, existing);
    if (planned.access === above.planned) return above;
    const known = this.known.get(planned) ?? new Map<Expected, Expected>();
    this.known.set(planned, known);
    const expected = known.get(above) ?? this.expect(planned, above, isFolder);
    known.set(above, expected);
    return expected;
  }

  private expect(
    { access: planned, wanted, restrictions }: ItemAccess,
    above: Expected,
    isFolder: boolean,
    existing?: ExistingAccess,
  ): Expected {
    const inherited = above.access.effective;
    const narrowed = new Map(above.narrowed);
    const base = restrictions.isLimited || existing?.isLimited ? inLimited(inherited, this.destination) : inherited;
    if (existing?.isLimited) for (const key of inherited.keys()) if (!base.has(key)) narrowed.set(key, 'merged_folder');
    const accepted = wanted.filter((each) => {
      const code = this.refusal(each, isFolder);
      if (code) narrowed.set(granteeKey(each.grantee), code);
      return !code;
    });
    const found = existing ? this.foundIn(existing, extended(base, accepted)) : [];
    const isAsPlanned = above.access === above.planned && found.length === 0 && accepted.length === wanted.length;
    if (isAsPlanned && !existing?.isLimited) return { planned, access: planned, narrowed };
    const effective = new Map([...extended(base, accepted), ...found]);
    return { planned, access: { ...planned, mappings: withReasons(planned, narrowed), effective }, narrowed };
  }

  /** The permissions of what exists that allow more than the copy would have otherwise. */
  private foundIn(
    { permissions, folder }: ExistingAccess,
    effective: CopyAccess['effective'],
  ): [string, EffectiveAccess][] {
    return permissions.flatMap((permission): [string, EffectiveAccess][] => {
      const { grantee, expiresAt = Infinity, isMetadataOnly, isDeleted } = permission;
      const key = granteeKey(grantee);
      if (isMetadataOnly || isDeleted || expiresAt <= this.rules.now || key === this.destination) return [];
      const isOwner = permission.role === 'owner';
      // The owner of a replaced item does not own the copy; that of a folder may write to what others add to it.
      if (isOwner && folder === undefined) return [];
      const extent = { role: isOwner ? ('writer' as const) : permission.role, ...terms(permission) };
      const otherwise = effective.get(key);
      if (otherwise && covers(otherwise, extent)) return [];
      return [[key, { grantee, ...extent, existing: folder === undefined ? {} : { folder } }]];
    });
  }
}

const terms = (permission: DrivePermission) => present(permission, 'expiresAt', 'isDiscoverable');

function withReasons({ mappings }: CopyAccess, narrowed: Expected['narrowed']): CopyAccess['mappings'] {
  if (narrowed.size === 0) return mappings;
  return new Map(
    [...mappings].map(([key, mapping]) => {
      const code = mapping.becomes && narrowed.get(granteeKey(mapping.becomes));
      return [key, code ? { ...mapping, code } : mapping];
    }),
  );
}
