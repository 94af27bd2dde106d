import type { Item, Owner, SharedDrive } from '../drive/drive-store.ts';
import type { SandboxState } from '../sandbox-state.ts';

/** Numbers of objects that are replaced, never changed: contents and documents. */
const numbers = new WeakMap<object, number>();
let next = 1;

function numberOf(value: object | undefined): number {
  if (!value) return 0;
  let number = numbers.get(value);
  if (number === undefined) numbers.set(value, (number = next++));
  return number;
}

/** Everything that requests can change, as text: two equal texts mean that nothing has changed. */
export function everythingIn({ store, apis }: SandboxState): string {
  return JSON.stringify([
    Array.from(store.allItems(), itemFacts),
    Array.from(store.accounts.values(), ownerFacts),
    Array.from(store.drives.values(), ownerFacts),
    store.directory.state(),
    store.changes.next,
    apis.permissions.notifications,
  ]);
}

function itemFacts(item: Item): unknown[] {
  const { owner, parent, otherParents, children, content, document, permissions, revisions, ...others } = item;
  const { starredBy, viewedBy, modifiedBefore, ...facts } = others;
  return [
    facts,
    owner.email ?? owner.id,
    parent?.id,
    otherParents?.map(({ id }) => id),
    children?.size,
    numberOf(content),
    content?.users,
    numberOf(document),
    permissions && [...permissions.values()],
    starredBy && [...starredBy],
    viewedBy && [...viewedBy],
    modifiedBefore && [...modifiedBefore],
    revisions?.map((revision) => ({ ...revision, content: numberOf(revision.content) })),
  ];
}

function ownerFacts(owner: Owner): object {
  const { root, own, ...facts } = owner;
  const { hiddenFor } = owner as Partial<SharedDrive>;
  return { ...facts, root: root.id, own: own.size, hiddenFor: hiddenFor && [...hiddenFor] };
}
