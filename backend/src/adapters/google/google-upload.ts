import { DriveError } from '../../engine/errors.js';
import type { Upload, UploadState } from '../../engine/ports/drive.js';
import type { GoogleClient } from './google-client.js';
import { GoogleRefusal } from './google-errors.js';
import { itemOf, readFile } from './google-file.js';
import { type GoogleRequest, type GoogleResponse, isConnectionError } from './google-transport.js';

/** A resumable upload (Google, "Upload file data"). Its URL works like a password. */
export class GoogleUpload implements Upload {
  /**
   * @param session the request that sends a part, with the URL of the upload as its path
   * @param converts whether Google converts the bytes, for example into a Google Doc
   */
  constructor(
    private readonly client: GoogleClient,
    private readonly session: GoogleRequest,
    private readonly converts: boolean,
  ) {}

  get address(): string {
    return this.session.path;
  }

  async send(
    offset: number,
    length: number,
    size: number,
    body: AsyncIterable<Buffer>,
    signal: AbortSignal,
  ): Promise<UploadState> {
    const headers = {
      'content-length': String(length),
      'content-range': `bytes ${offset}-${offset + length - 1}/${size}`,
    };
    try {
      return await this.stateOf(await this.client.send({ ...this.session, headers, signal }, body));
    } catch (error) {
      const { side } = this.session;
      if (isConnectionError(error)) throw new DriveError('google_unavailable', { cause: error, side });
      // Google does not document its response to a conversion that is too large; in HTTP it is 413.
      if (this.converts && error instanceof DriveError && statusOf(error) === 413)
        throw new DriveError('export_too_large', { cause: error, side });
      throw error;
    }
  }

  async state(size: number, signal: AbortSignal): Promise<UploadState> {
    const request = {
      ...this.session,
      headers: { 'content-length': '0', 'content-range': `bytes */${size}` },
      signal,
    };
    return this.client.attempt(request, async () => this.stateOf(await this.client.send(request, null)));
  }

  /**
   * The response is 499 (Google Cloud Storage, "Resumable uploads": the same protocol; Drive's page does not mention
   * it).
   */
  async abandon(signal: AbortSignal): Promise<void> {
    const request: GoogleRequest = { ...this.session, method: 'DELETE', headers: { 'content-length': '0' }, signal };
    try {
      await this.client.attempt(request, async () => (await this.client.send(request, null)).body.dump());
    } catch (error) {
      if (!(error instanceof DriveError)) throw error;
      if (statusOf(error) !== 499 && error.code !== 'not_found') throw error;
    }
  }

  private async stateOf(response: GoogleResponse): Promise<UploadState> {
    if (response.status === 308) {
      await response.body.dump();
      // No Range: nothing is stored yet.
      const last = /^bytes=0-(\d+)$/.exec(String(response.headers['range'] ?? ''))?.[1];
      return { confirmed: last === undefined ? 0 : Number(last) + 1 };
    }
    return { done: itemOf(await this.client.objectOf(response, readFile)) };
  }
}

/** The HTTP status of Google's response. */
const statusOf = ({ cause }: DriveError): number | undefined =>
  cause instanceof GoogleRefusal ? cause.status : undefined;
