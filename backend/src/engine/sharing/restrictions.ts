import type { AccessCode, AccessRecord, AccessRestrictions, RestrictionChanges } from '../model/sharing.js';

type Restrictions = NonNullable<AccessRecord['restrictions']>;
type Key = keyof RestrictionChanges;

/** A restriction of a copy, as reports name it. */
export interface RestrictionOutcome {
  readonly name: string;
  /** The original no longer has it, so it is lifted. */
  readonly isLifted: boolean;
  readonly state: Restrictions['state'];
  /** Why it was refused. */
  readonly code?: AccessCode;
}

const NAMES: Readonly<Record<Exclude<Key, 'download'>, string>> = {
  isLimited: 'limited_access',
  isClosedToSharing: 'writers_cannot_share',
  isClosedToCopying: 'no_copying',
  lock: 'locked',
};

const keysOf = (changes: RestrictionChanges) => Object.keys(changes) as Key[];

/** Those that could not be set or lifted. */
const refusedOf = ({ wanted, state, refused }: Restrictions): readonly Key[] =>
  refused ?? (state === 'refused' ? keysOf(wanted) : []);

/** The restrictions of a copy, one by one. */
export function restrictionsOf({ restrictions }: Pick<AccessRecord, 'restrictions'>): RestrictionOutcome[] {
  if (!restrictions) return [];
  const { wanted, state, code } = restrictions;
  const refused = state === 'refused' ? refusedOf(restrictions) : [];
  return keysOf(wanted).map((key) => {
    // A restriction for writers also applies to readers (reference of `files`).
    const name = key !== 'download' ? NAMES[key] : wanted.download?.writers ? 'no_download' : 'no_download_by_readers';
    const isLifted = !isSet(wanted, key);
    if (refused.includes(key)) return { name, isLifted, state: 'refused', ...(code && { code }) };
    return { name, isLifted, state: state === 'refused' ? 'applied' : state };
  });
}

/** Whether a copy should be limited, and Google did not refuse it. */
export const isLimited = (restrictions: Restrictions | undefined): boolean =>
  restrictions?.wanted.isLimited === true && !refusedOf(restrictions).includes('isLimited');

/** Restrictions after requests. @param refused those that could not be set or lifted, with the reason of the first */
export const settled = (
  wanted: RestrictionChanges,
  refused: readonly Key[],
  code: AccessCode | undefined,
): Restrictions =>
  refused.length === 0 ? { wanted, state: 'applied' } : { wanted, state: 'refused', refused, ...(code && { code }) };

/** Wanted restrictions that an item does not have. */
export const lackingIn = (found: AccessRestrictions, wanted: RestrictionChanges): Key[] =>
  keysOf(wanted).filter((key) => isSet(wanted, key) && !isSet(found, key));

function isSet(changes: RestrictionChanges, key: Key): boolean {
  if (key === 'download') return changes.download?.readers === true || changes.download?.writers === true;
  return Boolean(changes[key]);
}
