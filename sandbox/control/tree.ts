import { sizeOf, type Item } from '../drive/drive-store.ts';
import { plainText } from '../documents/documents.ts';
import { rfc3339 } from '../drive/file-resource.ts';
import type { SandboxState } from '../sandbox-state.ts';

/** Everything below a folder, a line of JSON for each item, folders before what they hold. */
export async function* describeTree(
  state: SandboxState,
  top: Item,
  orphans: readonly Item[],
  checksums: boolean,
): AsyncGenerator<string> {
  const waiting: { item: Item; names: string[] }[] = [...orphans].map((item) => ({ item, names: [item.name] }));
  for (const child of top.children ?? []) waiting.push({ item: child, names: [child.name] });
  waiting.reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { item, names } = next;
    if (checksums) await item.content?.digest(['md5', 'sha256']);
    const size = sizeOf(item);
    yield `${JSON.stringify({
      path: names.map((name) => name.replace(/[\\/]/g, '\\$&')).join('/'),
      names,
      id: item.id,
      parentId: item.parent?.id,
      name: item.name,
      mimeType: item.mimeType,
      owner: item.owner.email,
      driveId: item.owner.email === undefined ? item.owner.id : undefined,
      md5: item.content?.digested('md5'),
      sha256: item.content?.digested('sha256'),
      size,
      createdTime: rfc3339(item.created),
      modifiedTime: rfc3339(item.modified),
      trashed: state.store.isTrashed(item),
      description: item.description,
      starredBy: item.starredBy?.size ? [...item.starredBy] : undefined,
      properties: item.properties,
      appProperties: item.appProperties,
      shortcutTarget: item.shortcutTarget?.id,
      text: item.document ? plainText(item.document) : undefined,
      permissions: [...(item.permissions?.values() ?? [])].map(({ id, type, role, email, domain, expirationTime }) => ({
        id,
        type,
        role,
        email,
        domain,
        expirationTime: rfc3339(expirationTime),
      })),
    })}\n`;
    const children = [...(item.children ?? [])].reverse();
    for (const child of children) waiting.push({ item: child, names: [...names, child.name] });
  }
}
