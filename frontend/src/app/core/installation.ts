import { computed, effect, inject, Service, untracked } from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { operationsGetAbout } from '../api/functions';
import { ApiClient } from './api-client';
import { Connection } from './connection';
import { problemOf, valueOf } from './resource-parts';

const GOOGLE_DRIVE = 'https://drive.google.com/';

/** The server's settings that the portal needs. Until they are loaded, the real Google is assumed. */
@Service()
export class Installation {
  private readonly api = inject(ApiClient);
  private readonly answer = rxResource({ stream: () => this.api.request(operationsGetAbout, {}) });
  private readonly about = computed(() => valueOf(this.answer));

  /** Whether a request has succeeded or failed. */
  readonly isResolved = computed(() => this.answer.status() !== 'loading');
  /** Why the settings are not known. */
  readonly problem = computed(() => problemOf(this.answer));
  /** The address of the sandbox; undefined with the real Google. */
  readonly sandboxUrl = computed(() => this.about()?.sandboxUrl);

  /** Whether this server sends e-mails. */
  readonly mailAvailable = computed(() => this.about()?.mailAvailable ?? false);

  /** Whether this server has the API reference. */
  readonly apiDocs = computed(() => this.about()?.apiDocs ?? true);

  constructor() {
    const { recoveries } = inject(Connection);
    effect(() => {
      if (recoveries() > 0 && untracked(this.problem)) this.reload();
    });
  }

  /** Loads the settings again. */
  reload(): void {
    this.answer.reload();
  }

  /** The address of an account's Drive. */
  driveAddress(email: string): string {
    const sandbox = this.sandboxUrl();
    return sandbox ? `${sandbox}/browse/${encodeURIComponent(email)}` : GOOGLE_DRIVE;
  }

  /** The address of a file or folder of which only the id is known; the sandbox has none. */
  fileAddress(id: string): string | undefined {
    return this.sandboxUrl() ? undefined : `${GOOGLE_DRIVE}open?id=${encodeURIComponent(id)}`;
  }

  /** The address of a folder in an account's Drive; the sandbox shows the whole Drive. */
  folderAddress(email: string, folderId: string): string {
    if (this.sandboxUrl()) return this.driveAddress(email);
    // With both accounts signed in, Drive could otherwise open as the wrong one.
    return `${GOOGLE_DRIVE}drive/folders/${encodeURIComponent(folderId)}?authuser=${encodeURIComponent(email)}`;
  }
}
