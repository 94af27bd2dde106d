import type { drive_v3 } from '@googleapis/drive';
import { DriveError, ReconnectNeededError } from '../../engine/errors.js';
import type { Reader } from './google-answers.js';
import type { GoogleClient } from './google-client.js';
import type { GoogleRequest } from './google-transport.js';

/** The used part of a request that Google's client passes to its `auth`. */
interface Prepared {
  readonly url: string;
  readonly method: GoogleRequest['method'];
  readonly params?: GoogleRequest['query'];
  readonly data?: object;
}

/** The `auth` of a call. */
type Auth = NonNullable<drive_v3.Params$Resource$Files$Get['auth']>;

/** Which account calls, and whether the call may be repeated. */
export type ApiCall = Pick<GoogleRequest, 'credentialId' | 'side' | 'signal' | 'repeatable'>;

/**
 * Google's own client for Drive, whose requests `GoogleClient` sends, so that pace, token refresh and retries stay in
 * one place. For browsing; transfers need streams and resumable uploads (ADR 0046).
 */
export class GoogleDriveApi {
  private loaded: Promise<drive_v3.Drive> | undefined;

  constructor(private readonly client: GoogleClient) {}

  /**
   * Calls a method of Google's client.
   * @param read the schema of the response: Google's types allow every field to be missing
   * @param method calls it, with `auth`
   * @throws DriveError · ReconnectNeededError, like `GoogleClient.json`
   */
  async call<T>(
    call: ApiCall,
    read: Reader<T>,
    method: (drive: drive_v3.Drive, auth: Auth) => Promise<unknown>,
  ): Promise<T> {
    // Loaded at the first call: it would slow down every start, and a worker never needs it.
    const drive = await (this.loaded ??= import('@googleapis/drive').then((google) => google.drive({ version: 'v3' })));
    let answer: Promise<T> | undefined;
    const request = async ({ url, method: verb, params, data }: Prepared) => {
      answer = this.client.json(
        {
          ...call,
          method: verb,
          path: new URL(url).pathname,
          ...(params && { query: params }),
          ...(data && { body: data }),
        },
        read,
      );
      return { data: await answer };
    };
    try {
      await method(drive, { request } as unknown as Auth);
    } catch (error) {
      // Google's client refuses an id such as ".." before it sends anything.
      if (!answer) throw new DriveError('not_found', { cause: error, side: call.side });
      if (error instanceof ReconnectNeededError && call.side && !error.side)
        throw new ReconnectNeededError(call.credentialId, { side: call.side, cause: error });
      throw error;
    }
    return answer!;
  }
}
