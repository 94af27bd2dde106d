import { Content } from '../drive/content.ts';
import type { SandboxState } from '../sandbox-state.ts';

/** Names of properties that point back to other items, accounts or drives, which are shown by their ids. */
const REFERENCES = new Set(['owner', 'parent', 'otherParents', 'children', 'own']);

/** Everything that requests can change, as text: two equal texts mean that nothing has changed. */
export function everythingIn({ store, apis }: SandboxState): string {
  return JSON.stringify(
    {
      items: [...store.allItems()],
      accounts: store.accounts,
      drives: store.drives,
      directory: store.directory.state(),
      changes: store.changes.next,
      mails: apis.permissions.notifications,
    },
    plain,
  );
}

/** Replaces what JSON cannot express. */
function plain(name: string, value: unknown): unknown {
  if (REFERENCES.has(name)) return value === undefined ? undefined : idsOf(value);
  if (value instanceof Map) return [...value];
  if (value instanceof Set) return [...value];
  if (value instanceof Content) return { source: value.source, size: value.size, users: value.users };
  return value;
}

function idsOf(value: unknown): unknown {
  if (value instanceof Set || Array.isArray(value)) return [...(value as Iterable<unknown>)].map(idsOf);
  const { id, email } = value as { id?: string; email?: string };
  return id ?? email;
}
