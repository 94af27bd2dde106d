import { Ahead } from '../ahead.js';
import { forEachBounded } from '../concurrency.js';
import type { TransferContext } from '../context.js';
import { DriveError, isNotFound, PermissionRefusedError } from '../errors.js';
import { finalErrorOrThrow } from '../failures.js';
import { ACCESS_REASONS } from '../model/access-reasons.js';
import { isDone, type ItemRecord } from '../model/items.js';
import { recordsOf } from '../model/records.js';
import type {
  AccessCode,
  AccessGrant,
  AccessRecord,
  DrivePermission,
  RestrictionChanges,
  WantedPermission,
} from '../model/sharing.js';
import { setModifiedTime } from '../modified-times.js';
import { PLAN_PAGE } from '../ports/ledger/plan.js';
import { present } from '../present.js';
import { beganAt } from '../runs.js';
import {
  atLeast,
  withOwnPermission,
  directOf,
  inheritedAfterMove,
  intendedRoles,
  earlierOf,
  type Excess,
  extentOf,
  changeTo,
  isEnough,
  isSufficient,
  type PermissionChange,
  isWaiting,
  mergedByGrantee,
  peersOf,
  permissionOf,
  plannedRecord,
  compareWithWanted,
  raisedFrom,
  removedForNow,
  nextStep,
  withAllowed,
  withoutPermission,
} from '../sharing/access-record.js';
import { isLimited, lackingIn, settled } from '../sharing/restrictions.js';
import { sharingRulesOf } from '../sharing-rules.js';
import { AccessPlan, granteeKey, type ItemAccess, type SharingRules } from '../sharing/wanted-access.js';
import { TemporaryPermissions } from '../temporary-permissions.js';
import { codeOf, withdrawGiven } from '../withdraw-access.js';

/** Items to write at the same time; one write per item, because Google keeps only the last of simultaneous changes. */
const PARALLEL = 32;
/** Records to store at the same time; each write waits for the disk. */
const RECORDS_PARALLEL = 128;
/** Pauses (ms) before reading again, until new permissions are listed. Google documents no bound. */
const PAUSES_MS = [500, 2_000, 8_000];

/** Google's limit for sharing was reached between the two writes that a grant needs. */
class StoppedBetween extends Error {
  constructor(
    /** After the first write. */
    readonly grant: AccessGrant,
    readonly limit: DriveError,
  ) {
    super();
  }
}

/** A copy whose access must be set. */
interface Task {
  readonly item: ItemRecord;
  readonly record: AccessRecord;
  /** The access that each grantee may have to the copy. */
  readonly effective: ItemAccess['access']['effective'];
}

/**
 * Gives the copies the access of their originals, and verifies it. Writes to a copy only after its record is on the
 * disk, so that a later process can tell which permissions are CloudMover's; that process reads the copy and writes
 * what is missing. Nobody gets unwanted access at any moment: folders are limited before anything is granted above
 * them. Locks come last, because they block other changes.
 * @returns whether it has ended; false: the state has changed, because the allowed hours are over, for example
 * @throws DriveError `rate_limited` if Google's limit for sharing is reached; a later run continues
 */
export async function carryAccess(context: TransferContext, signal: AbortSignal): Promise<boolean> {
  const { ledger, drives } = context;
  const rules = await sharingRulesOf(ledger, drives, signal);
  return !rules || new AccessStep(context, rules, (await beganAt(ledger)) ?? Infinity, signal).run();
}

class AccessStep {
  /** By ordinal of a record: the ordinal of the nearest folder above with a record. */
  private readonly above = new Map<number, number>();
  /**
   * Copies that had a record at the start of the step. They may be written already, and their owner may have shared them
   * since.
   */
  private readonly resumed = new Set<number>();
  /** Ordinals of folders whose copies are limited. */
  private readonly limited = new Set<number>();
  /** By ordinal of a folder above a copy that could not be limited: who may open that copy. */
  private readonly withheld = new Map<number, Task['effective'][]>();
  private readonly running = new Map<number, Promise<void>>();
  private readonly temporary: TemporaryPermissions;
  /** False once the transfer is no longer finishing: then nothing further is written. */
  private isCurrent = true;

  constructor(
    private readonly context: TransferContext,
    private readonly rules: SharingRules,
    /** When this run began, epoch milliseconds; 0: the first run. The owner may have shared copies of earlier runs. */
    private readonly began: number,
    private readonly signal: AbortSignal,
  ) {
    this.temporary = new TemporaryPermissions(context.ledger, context.drives.destination);
  }

  async run(): Promise<boolean> {
    const limited = await this.record();
    await forEachBounded(limited, PARALLEL, (task) => this.applyAfterFolders(task));
    if (!this.isCurrent) return false;
    for (const { item, effective } of limited)
      if (!this.limited.has(item.ordinal)) this.withholdAbove(item.ordinal, effective);
    await forEachBounded(this.tasks(), PARALLEL, (task) => this.applyAfterFolders(task));
    if (this.isCurrent) await forEachBounded(this.locks(), PARALLEL, (record) => this.lock(record));
    return this.isCurrent;
  }

  private async isStillFinishing(): Promise<boolean> {
    this.isCurrent &&= (await this.context.ledger.state()) === 'finishing';
    return this.isCurrent;
  }

  /** Stores the record of every copy. @returns those of limited folders, in the order of the plan */
  private async record(): Promise<Task[]> {
    const limited: Task[] = [];
    await forEachBounded(this.walk(), RECORDS_PARALLEL, async ({ item, access, earlier }) => {
      const { ordinal } = item;
      const copyId = item.outcome.destinationId!;
      const known = earlier?.copyId === copyId ? earlier : undefined;
      const keeps = known ? [] : await this.accessOfReplaced(item, earlier);
      const { restrictions } = access;
      const record =
        // Unreadable access may be unchanged, so the earlier record stays.
        access.isUnreadable && known
          ? known
          : plannedRecord(
              {
                ordinal,
                copyId,
                wanted: mergedByGrantee(access.wanted, keeps),
                restrictions,
                inherited: inheritedAfterMove(access.access, this.rules.accounts.destination),
                intended: intendedRoles(access.access),
              },
              earlier,
              (code) => ACCESS_REASONS[code].isRetryable,
            );
      if (!record) return;
      if (known) this.resumed.add(ordinal);
      // The copy that this one replaced: what it was given must not outlive its record, as no undo would find it. What its
      // owner had given is removed only once the new record has it.
      const replaced = known ? undefined : earlier;
      const withdraw = async (kept: boolean) => {
        const grants = replaced?.grants.filter(({ isKept = false }) => isKept === kept) ?? [];
        if (replaced && grants.length > 0)
          await withdrawGiven({ ...replaced, grants }, this.context.drives.destination, this.signal);
      };
      await withdraw(false);
      if (record !== known) await this.context.ledger.recordAccess(record);
      await withdraw(true);
      if (record.restrictions?.wanted.isLimited) limited.push({ item, record, effective: access.access.effective });
    });
    return limited.sort((one, other) => one.item.ordinal - other.item.ordinal);
  }

  /** The remaining copies, in the order of the plan. */
  private async *tasks(): AsyncGenerator<Task> {
    for await (const { item, access, earlier: record } of this.walk())
      if (record && isWaiting(record)) yield { item, record, effective: access.access.effective };
  }

  /** Every copy that has a record, or whose original differs from its folder. */
  private async *walk(): AsyncGenerator<{ item: ItemRecord; access: ItemAccess; earlier: AccessRecord | undefined }> {
    const { ledger } = this.context;
    const plan = new AccessPlan(this.rules);
    const sources = new Ahead((after) => ledger.sourceAccess(after, PLAN_PAGE));
    const records = new Ahead((after) => ledger.accessRecords(after, PLAN_PAGE));
    const nearest = new Map<number, number>();
    for await (const item of recordsOf(ledger)) {
      const { ordinal, parent, kind, state, outcome } = item;
      const source = (await sources.at(ordinal))?.access;
      const earlier = await records.at(ordinal);
      const access = plan.add(item, source);
      const above = parent === null ? undefined : nearest.get(parent);
      const isOwn = source !== undefined || earlier !== undefined;
      if (kind === 'folder' && (isOwn || above !== undefined)) nearest.set(ordinal, isOwn ? ordinal : above!);
      if (!isOwn) continue;
      if (above !== undefined) this.above.set(ordinal, above);
      const isThere = isDone(state) && outcome.destinationId !== undefined;
      if (isThere && kind !== 'shortcut') yield { item, access, earlier };
    }
  }

  /**
   * Permissions of the item that a copy replaced, without CloudMover's own. Its owner created them, so neither a
   * conflict policy nor a later run removes them.
   */
  private async accessOfReplaced(
    { supersedes, replaces }: ItemRecord,
    earlier: AccessRecord | undefined,
  ): Promise<AccessGrant[]> {
    const replaced = supersedes ?? replaces;
    if (replaced === undefined) return [];
    const given = earlier?.copyId === replaced ? earlier.grants.filter(({ isKept }) => !isKept) : [];
    const own = new Map(given.map(({ permissionId, raisedFrom }) => [permissionId, raisedFrom]));
    const found = directOf((await this.permissions(replaced)) ?? []);
    const removed = given.flatMap((grant): DrivePermission[] => {
      const lost = permissionOf(grant, found) ? undefined : removedForNow(grant);
      return lost ? [{ grantee: grant.grantee, ...present(grant, 'isDiscoverable'), ...lost }] : [];
    });
    return [...found, ...removed].flatMap((permission): AccessGrant[] => {
      const { id, grantee, isDiscoverable } = permission;
      if (own.has(id) && !own.get(id)) return [];
      if (granteeKey(grantee) === this.rules.accounts.destination) return [];
      const { role, expiresAt } = own.get(id) ?? permission;
      const kept = { grantee, role, ...(expiresAt && { expiresAt }), ...(isDiscoverable && { isDiscoverable }) };
      return [{ ...kept, originals: [grantee], outcome: 'waiting', isKept: true }];
    });
  }

  /** Sets the access of a copy after the tasks of folders above it that are running. */
  private async applyAfterFolders(task: Task): Promise<void> {
    const { ordinal } = task.record;
    let above = this.above.get(ordinal);
    while (above !== undefined && !this.running.has(above)) above = this.above.get(above);
    const before = above === undefined ? undefined : this.running.get(above);
    const done = Promise.resolve(before).then(() => this.apply(task));
    this.running.set(ordinal, done);
    await done.finally(() => this.running.delete(ordinal));
  }

  private async apply({ item, record, effective }: Task): Promise<void> {
    const { ledger } = this.context;
    const { ordinal, copyId } = record;
    if (!isWaiting(record)) {
      if (isLimited(record.restrictions)) this.limited.add(ordinal);
      return;
    }
    if (!(await this.isStillFinishing())) return;
    const isOlder = item.outcome.way === 'merged' || !this.isOfThisRun(item);
    const found = isOlder || this.resumed.has(ordinal) ? await this.permissions(copyId) : undefined;
    let current = record;
    let isUntouched = false;
    // On the disk before the first write: until then, everything on the copy is its owner's, who may have shared it
    // while the step was interrupted.
    if (!record.before) {
      // A permission as wanted may be CloudMover's, if the response to its creation was lost.
      const isWanted = ({ grantee, role }: DrivePermission) =>
        record.grants.some((grant) => granteeKey(grant.grantee) === granteeKey(grantee) && grant.role === role);
      const earlier = (found ?? []).filter((permission) => isOlder || !isWanted(permission));
      isUntouched = earlier.length === (found ?? []).length && !record.grants.some((grant) => grant.permissionId);
      current = { ...record, before: earlierOf(earlier, record) };
      await ledger.recordAccess(current);
    }
    // What a copy inherits ends once it is limited.
    const lasting =
      record.restrictions?.wanted.isLimited && item.outcome.way !== 'merged' ? found && directOf(found) : found;
    const grants: AccessGrant[] = [];
    for (const [index, grant] of current.grants.entries()) {
      const left = current.grants.slice(index + 1);
      try {
        const done =
          grant.outcome === 'waiting'
            ? await this.applyGrant(
                current,
                withOwnPermission(grant, found, current.before),
                lasting,
                grants.concat(left),
              )
            : grant;
        if (done) grants.push(done);
      } catch (error) {
        const isBetween = error instanceof StoppedBetween;
        const reason = isBetween ? error.limit : error;
        // During an outage a write may have arrived, and the record on the disk says what was there before; unless the
        // first of two writes has certainly arrived.
        const isLimit = reason instanceof DriveError && reason.code === 'rate_limited' && reason.limit === 'sharing';
        if (isBetween || isLimit) {
          // If Google refused the first write, this copy is as before.
          const isAsBefore = isUntouched && !isBetween && grants.length === 0;
          if (isAsBefore) await ledger.recordAccess(record);
          else await this.recordStopped(current, [...grants, isBetween ? error.grant : grant, ...left]);
        }
        throw reason;
      }
    }
    current = { ...current, grants };
    const restrictions = await this.restrict(item, current);
    if (restrictions) current = { ...current, restrictions };
    const isWritten = grants.some(({ outcome }) => outcome === 'waiting');
    if (isWritten || isLimited(restrictions)) current = await this.verify(item, current, effective);
    if (isLimited(restrictions)) this.limited.add(ordinal);
    await ledger.recordAccess(current);
  }

  /**
   * Records a copy whose permissions cannot all be written now. What CloudMover wrote has its id, so all else is its
   * owner's when the step comes back to it: perhaps a day later, or in another run.
   */
  private async recordStopped(
    { before: _before, ...record }: AccessRecord,
    grants: readonly AccessGrant[],
  ): Promise<void> {
    await this.context.ledger.recordAccess({ ...record, grants });
  }

  /**
   * @returns the grant with its permission; undefined if it was removed
   * @throws StoppedBetween
   */
  private async applyGrant(
    record: AccessRecord,
    grant: AccessGrant,
    found: readonly DrivePermission[] | undefined,
    others: readonly AccessGrant[],
  ): Promise<AccessGrant | undefined> {
    const { ordinal, copyId, before } = record;
    const { destination } = this.context.drives;
    const key = granteeKey(grant.grantee);
    const isWithheld = this.withheld.get(ordinal)?.some((allowed) => {
      const role = allowed.get(key)?.role;
      return !role || !atLeast(role, grant.role);
    });
    if (isWithheld && !grant.isWithdrawn) return { ...grant, outcome: 'narrower', code: 'opens_limited_folder' };
    const step = nextStep(grant, found, before, peersOf(grant, others));
    /** The grant after the first of two writes. */
    let between: AccessGrant | undefined;
    try {
      switch (step.do) {
        case 'nothing': {
          const own = found?.find(({ id, isInherited }) => id === grant.permissionId && !isInherited);
          return own ? { ...grant, setRole: own.role } : grant;
        }
        case 'leave':
          return grant.isWithdrawn ? undefined : { ...grant, outcome: 'narrower', code: 'changed_since' };
        case 'remove':
          await destination.withdraw(copyId, step.id, this.signal);
          return undefined;
        case 'change': {
          const isLess = found?.some((each) => each.id === step.id && !isEnough(step.to, each));
          const changed =
            isLess && !grant.isWithdrawn
              ? await this.lower(copyId, step.id, step.to)
              : await destination.changePermission(copyId, step.id, step.to, this.signal);
          if (changed instanceof DriveError) {
            between = withoutPermission({ ...grant, permissionId: step.id }, before);
            throw changed;
          }
          const { id, role } = changed;
          return grant.isWithdrawn
            ? undefined
            : { ...grant, permissionId: id, setRole: role, ...raisedFrom(id, grant, before) };
        }
        case 'grant': {
          const { role: _role, expiresAt: _end, ...whom } = grant;
          const granted = await this.grant(copyId, { ...whom, ...step.to });
          const own = { ...grant, permissionId: granted.id, ...raisedFrom(granted.id, grant, before) };
          between = own;
          const peers = peersOf(own, others);
          const to = extentOf(step.to, own.raisedFrom, peers);
          // The person had this permission, under another address: it must not end earlier now.
          const isShortened = (own.raisedFrom || peers.length > 0) && !isSufficient(granted, to);
          const { role } = isShortened
            ? await destination.changePermission(copyId, granted.id, changeTo(to), this.signal)
            : granted;
          return grant.isWithdrawn ? undefined : { ...own, setRole: role };
        }
      }
    } catch (error) {
      if (between && error instanceof DriveError && error.code === 'rate_limited')
        throw new StoppedBetween(between, error);
      const code = this.codeOf(error);
      const isLeft = grant.isWithdrawn && step.do !== 'grant';
      return { ...(between ?? grant), outcome: isLeft ? 'wider' : 'narrower', code };
    }
  }

  /** Grants without an e-mail; with one only if Google requires it and the user agreed. */
  private async grant(copyId: string, grant: WantedPermission): Promise<DrivePermission> {
    const { destination } = this.context.drives;
    const { grantee, role } = grant;
    const permission = { grantee, role, ...present(grant, 'expiresAt', 'isDiscoverable') };
    try {
      return await destination.grant(copyId, permission, this.signal);
    } catch (error) {
      const isMailNeeded = error instanceof PermissionRefusedError && error.reason === 'no_google_account';
      if (!isMailNeeded || !this.rules.options.notify) throw error;
    }
    try {
      return await destination.grant(copyId, permission, this.signal, true);
    } catch (error) {
      // Not repeated, because Google would send another e-mail. The first request may have had its effect.
      if (!(error instanceof DriveError) || error.code !== 'ambiguous_write') throw error;
      for (const pause of [0, ...PAUSES_MS]) {
        await this.context.drives.clock.sleep(pause, this.signal);
        const given = permissionOf({ grantee }, directOf((await this.permissions(copyId)) ?? []));
        if (given) return given;
      }
      throw error;
    }
  }

  /** Sets waiting restrictions, except the lock. A refusal of one does not keep the others from being set. */
  private async restrict(
    item: ItemRecord,
    { copyId, restrictions }: AccessRecord,
  ): Promise<AccessRecord['restrictions']> {
    if (restrictions?.state !== 'waiting') return restrictions;
    const { wanted } = restrictions;
    const { lock, isLimited, ...others } = wanted;
    const { destination } = this.context.drives;
    // The owner of a folder that existed before decides who can open it.
    if (item.outcome.way === 'merged')
      try {
        const { access } = await destination.get(copyId, this.signal, { access: true });
        return settled(wanted, lackingIn(access?.restrictions ?? {}, wanted), 'merged_folder');
      } catch (error) {
        return settled(wanted, lackingIn({}, wanted), this.codeOf(error));
      }
    const refused: (keyof RestrictionChanges)[] = [];
    let code: AccessCode | undefined;
    for (const part of [isLimited === undefined ? {} : { isLimited }, others] satisfies RestrictionChanges[]) {
      const keys = Object.keys(part) as (keyof RestrictionChanges)[];
      const refusal = keys.length > 0 ? await this.refusalOf(copyId, part) : undefined;
      if (!refusal) continue;
      refused.push(...keys);
      code ??= refusal;
    }
    const now = settled(wanted, refused, code);
    return lock === undefined ? now : { ...now, state: 'waiting' };
  }

  /** Sets restrictions. @returns the reason if Google refuses */
  private async refusalOf(copyId: string, changes: RestrictionChanges): Promise<AccessCode | undefined> {
    const { destination } = this.context.drives;
    try {
      await destination.restrict(copyId, changes, this.signal);
      if (changes.isLimited && !(await destination.get(copyId, this.signal)).isLimited) return 'refused';
      return undefined;
    } catch (error) {
      return this.codeOf(error);
    }
  }

  /** Reads the permissions of a copy again, and reverts unwanted access at once. */
  private async verify(item: ItemRecord, record: AccessRecord, effective: Task['effective']): Promise<AccessRecord> {
    const { copyId, restrictions } = record;
    const isListed = (grant: AccessGrant, found: readonly DrivePermission[]) =>
      grant.permissionId === undefined || grant.isWithdrawn === true || permissionOf(grant, found) !== undefined;
    let found = await this.permissions(copyId);
    for (const pause of PAUSES_MS) {
      if (!found || record.grants.every((grant) => isListed(grant, found!))) break;
      await this.context.drives.clock.sleep(pause, this.signal);
      found = await this.permissions(copyId);
    }
    let comparison = compareWithWanted(record, found ?? [], effective);
    // The excess may be inherited from an existing folder that others have shared.
    if (comparison.excess.length > 0 && !restrictions?.wanted.isLimited)
      comparison = compareWithWanted(record, found ?? [], withAllowed(effective, await this.permissionsAbove(item)));
    const { record: compared, excess } = comparison;
    const failures = new Map<string, AccessCode | DriveError>();
    for (const each of excess) {
      const failure = await this.revertExcess(copyId, each);
      if (failure) failures.set(granteeKey(each.grantee), failure);
    }
    const grants = compared.grants.map((grant) => {
      const failure = grant.outcome === 'wider' ? failures.get(granteeKey(grant.grantee)) : undefined;
      if (failure instanceof DriveError) return withoutPermission(grant, record.before);
      return failure ? { ...grant, code: failure } : grant;
    });
    const reverted = { ...compared, grants };
    const limit = [...failures.values()].find((each) => each instanceof DriveError);
    if (!limit) return reverted;
    await this.recordStopped(reverted, grants);
    throw limit;
  }

  /** @returns the reason if Google refuses; the error if the limit for sharing is reached and the permission removed */
  private async revertExcess(
    copyId: string,
    { permission: { id }, to }: Excess,
  ): Promise<AccessCode | DriveError | undefined> {
    try {
      if (!to) await this.context.drives.destination.withdraw(copyId, id, this.signal);
      const changed = to && (await this.lower(copyId, id, to));
      return changed instanceof DriveError ? changed : undefined;
    } catch (error) {
      return isNotFound(error) ? undefined : this.codeOf(error);
    }
  }

  /**
   * Lowers a permission at once. Google's limit for sharing can delay a change, but not a removal: at the limit the
   * permission is removed, to be given again later.
   * @returns the permission; the error if it was removed
   */
  private async lower(copyId: string, id: string, to: PermissionChange): Promise<DrivePermission | DriveError> {
    const { destination } = this.context.drives;
    try {
      return await destination.changePermission(copyId, id, to, this.signal);
    } catch (error) {
      if (!(error instanceof DriveError) || error.code !== 'rate_limited') throw error;
      await destination.withdraw(copyId, id, this.signal);
      return error;
    }
  }

  /** False for the second in which this run began, because the copy may belong to the earlier run. */
  private isOfThisRun({ triedAt = 0 }: ItemRecord): boolean {
    return this.began === 0 || triedAt > this.began;
  }

  /** Withholds permissions on folders above a copy that could not be limited, as they would open the copy. */
  private withholdAbove(ordinal: number, effective: Task['effective']): void {
    for (let above = this.above.get(ordinal); above !== undefined; above = this.above.get(above)) {
      this.withheld.set(above, [...(this.withheld.get(above) ?? []), effective]);
      if (this.limited.has(above)) return;
    }
  }

  private async *locks(): AsyncGenerator<AccessRecord> {
    const records = new Ahead((after) => this.context.ledger.accessRecords(after, PLAN_PAGE));
    for await (const record of records)
      if (record.restrictions?.state === 'waiting' && record.restrictions.wanted.lock !== undefined) yield record;
  }

  private async lock(record: AccessRecord): Promise<void> {
    if (!(await this.isStillFinishing())) return;
    const { ledger, drives } = this.context;
    const { ordinal, copyId, restrictions } = record;
    const item = await ledger.item(ordinal);
    // A locked Doc's time cannot be set later. A copy of an earlier run may have been edited, so it keeps its time.
    if (item?.kind === 'google' && item.modifiedTime && this.isOfThisRun(item))
      await setModifiedTime(drives.destination, copyId, item.modifiedTime, this.signal);
    const { wanted, refused = [], code } = restrictions!;
    const refusal = await this.refusalOf(copyId, { lock: wanted.lock ?? null });
    const all = refusal ? [...refused, 'lock' as const] : refused;
    await ledger.recordAccess({ ...record, restrictions: settled(wanted, all, code ?? refusal) });
  }

  private async permissionsAbove(item: ItemRecord): Promise<readonly DrivePermission[]> {
    const folderId = await this.context.folders.parentIdOf(item);
    return (folderId && (await this.permissions(folderId))) || [];
  }

  /**
   * Without temporary shares of transfers from the destination: they are neither kept, nor excess.
   * @returns undefined if the copy was deleted, or its permissions cannot be read
   */
  private async permissions(id: string): Promise<DrivePermission[] | undefined> {
    try {
      const found = await this.context.drives.destination.permissions(id, this.signal);
      await this.temporary.load([found]);
      return [...(await this.temporary.without(id, found, this.signal))];
    } catch (error) {
      finalErrorOrThrow(error, this.signal);
      return undefined;
    }
  }

  private codeOf(error: unknown): AccessCode {
    return codeOf(error, this.signal);
  }
}
