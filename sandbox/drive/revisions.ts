import type { Limits } from '../faults/switches.ts';
import { release, type Item } from './model.ts';

/** Deletes earlier contents that are not pinned after 30 days, or if there are more than a hundred. */
export function pruneRevisions(item: Item, now: number, limits: Readonly<Limits>): void {
  const { revisions } = item;
  if (!revisions) return;
  const oldest = now - limits.revisionMs;
  let surplus = revisions.filter((each) => !each.keepForever).length + 1 - limits.revisions;
  item.revisions = revisions.filter((each) => {
    if (each.keepForever) return true;
    if (surplus <= 0 && each.replaced > oldest) return true;
    surplus--;
    release(each.content);
    return false;
  });
  if (item.revisions.length === 0) delete item.revisions;
}

/** Deletes an earlier content, or the current one, which the previous one then replaces. */
export function removeRevision(item: Item, id: string): void {
  const { revisions = [] } = item;
  if (id === item.headRevisionId) {
    const before = revisions.pop();
    if (!before || !item.content) return;
    item.owner.usage -= item.content.size;
    release(item.content);
    if (!before.keepForever) item.owner.usage += before.content.size;
    item.content = before.content;
    item.headRevisionId = before.id;
    item.modified = before.modified;
    item.headPinned = before.keepForever;
  } else {
    const at = revisions.findIndex((each) => each.id === id);
    const [old] = at < 0 ? [] : revisions.splice(at, 1);
    if (!old) return;
    if (old.keepForever) item.owner.usage -= old.content.size;
    release(old.content);
  }
  if (revisions.length === 0) delete item.revisions;
}
