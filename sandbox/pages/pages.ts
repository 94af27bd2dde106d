import { sizeOf } from '../drive/drive-store.ts';
import { rfc3339 } from '../drive/file-resource.ts';
import { googleError } from '../http/errors.ts';
import type { Exchange, Reply } from '../http/exchange.ts';
import { unknownAddress } from '../http/front-end.ts';
import type { SandboxState } from '../sandbox-state.ts';
import { browse } from './browse-page.ts';
import { avatar, filePage } from './consent-page.ts';

/**
 * What a browser finds at an address that is no endpoint: a page, an avatar, or what a `webViewLink` opens.
 * An unknown address of an API gets the page of Google's front end.
 * @throws GoogleError 404 for all else
 */
export async function pageAt(state: SandboxState, exchange: Exchange): Promise<Reply> {
  const { store } = state;
  const { path } = exchange;
  const reply = unknownAddress(path) ?? (await browse(state, exchange));
  if (reply) return reply;
  if (exchange.method === 'GET') {
    const avatarOf = /^\/avatar\/(\d+)\.svg$/.exec(path)?.[1];
    const account = [...store.accounts.values()].find(({ permissionId }) => permissionId === avatarOf);
    if (account)
      return {
        status: 200,
        headers: { 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=86400' },
        bytes: Buffer.from(avatar(account)),
      };
    const item = store.item(/^\/file\/d\/([\w-]+)\/view$/.exec(path)?.[1] ?? '');
    if (item)
      return {
        status: 200,
        html: filePage({
          Name: item.name,
          Type: item.mimeType,
          Size: sizeOf(item) === undefined ? 'none' : `${sizeOf(item)} bytes`,
          Owner: item.owner.email ?? item.owner.name,
          Modified: rfc3339(item.modified) ?? '',
          Trashed: store.isTrashed(item) ? 'yes' : 'no',
        }),
      };
  }
  throw googleError('notFound');
}
