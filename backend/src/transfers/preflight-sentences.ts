import { BYTES_PER_DAY, MAX_DEPTH, MAX_ITEMS } from '../engine/forecast.js';
import { explain } from '../engine/model/reasons.js';
import {
  type Check,
  type CheckInput,
  dailyOf,
  dailyUnitsOf,
  foreignIn,
  heldBy,
  spaceOf,
  tooDeep,
} from './preflight-verdict.js';

/** What a check found, and what to do if it failed. */
export function sentenceOf({ code, ok }: Check, input: CheckInput): string {
  const { order, snapshot } = input;
  const { problem, targetName = '' } = snapshot;
  const plan = snapshot.plan!;
  const { email } = order.destination;
  switch (code) {
    case 'target_writable': {
      const { newFolderName } = order.target;
      if (!ok) return problem!.detail;
      return newFolderName === undefined
        ? `You can add items to “${targetName}”.`
        : `You can add items to “${targetName}”. The copies go to a new folder in it, “${newFolderName}”.`;
    }
    case 'space_fits': {
      const { needed, free } = spaceOf(plan)!;
      if (!ok)
        return `${email} has ${gigabytes(free ?? 0)} free, but up to ${gigabytes(needed)} are needed. Free some space, or select less.`;
      return free === null
        ? `${email} has no storage limit.`
        : `${gigabytes(needed)} are needed, ${email} has ${gigabytes(free)} free.`;
    }
    case 'daily_limit_fits': {
      const { needed, moved } = dailyOf(input)!;
      const limit = `the ${BYTES_PER_DAY / 1000 ** 3} GB that Google lets an account receive in 24 hours`;
      const before = `CloudMover copied ${gigabytes(moved, 1000)} to ${email} in the last 24 hours; other programs may have copied some too.`;
      return ok
        ? `${gigabytes(needed, 1000)} of ${limit}. ${before}`
        : `${gigabytes(needed, 1000)} do not fit in ${limit}: the transfer will wait and resume automatically. ${before}`;
    }
    case 'daily_units_fit': {
      const { needed, limit, used, days } = dailyUnitsOf(input)!;
      const left = `${Math.max(0, limit - used)} of today’s ${limit} are left for all transfers of this server`;
      return ok
        ? `About ${needed} of Google’s quota units are needed; ${left}.`
        : `About ${needed} of Google’s quota units are needed, but ${left}: the transfer will wait and resume automatically. It needs the units of ${days} days.`;
    }
    case 'depth_fits':
      return ok
        ? `The deepest folder is ${plan.deepest} levels below the target; Google allows ${MAX_DEPTH} in all.`
        : `${tooDeep(plan)} items would be more than ${MAX_DEPTH} levels deep, which Google does not allow. Choose a destination closer to the top of the drive, or select a deeper source folder.`;
    case 'folder_size_fits': {
      const { path, children } = plan.largestFolder ?? { path: '', children: 0 };
      return ok
        ? `The largest folder has ${children} items; Google allows ${MAX_ITEMS}.`
        : `“${path}” has ${children} items, but Google allows ${MAX_ITEMS} in a folder. Split it in the source.`;
    }
    case 'target_size_fits':
    case 'shared_drive_size_fits': {
      const { items, isMore, added } = heldBy(code, order, plan)!;
      const place = code === 'target_size_fits' ? `“${targetName}”` : 'The shared drive, its trash included,';
      const there = `${place} has ${isMore ? 'more than ' : ''}${items} items`;
      if (items + added > MAX_ITEMS)
        return `${there}, and up to ${added} will be added; Google allows ${MAX_ITEMS}. Choose another folder, or select less.`;
      return isMore
        ? `${there}, not all of which were counted. ${added} will be added; Google allows ${MAX_ITEMS}.`
        : `${there}. ${added} will be added; Google allows ${MAX_ITEMS}.`;
    }
    case 'redis_room':
      if (ok) return 'CloudMover has room for the list of all items.';
      return problem?.code === 'plan_too_large' ? problem.detail : explain('plan_too_large').reason;
    case 'owned_by_others':
      return order.mode === 'move'
        ? `${foreignIn(plan)} items belong to others. Their originals are kept, because only an owner can trash a file.`
        : `${foreignIn(plan)} items belong to others. A move would keep their originals, because only an owner can trash a file.`;
  }
}

/** @param step 1024, as Drive shows sizes; 1000 next to a limit that Google states in decimal gigabytes */
const gigabytes = (bytes: number, step: 1000 | 1024 = 1024): string =>
  bytes < step ** 3 ? `${Math.ceil(bytes / step ** 2)} MB` : `${(bytes / step ** 3).toFixed(1)} GB`;
