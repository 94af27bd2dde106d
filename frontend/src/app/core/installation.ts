import { computed, inject, Service } from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { about } from '../api/functions';
import { ApiClient } from './api-client';

const GOOGLE_DRIVE = 'https://drive.google.com/';

/** What this installation is. Until it has answered, it counts as one that uses the real Google. */
@Service()
export class Installation {
  private readonly api = inject(ApiClient);
  private readonly answer = rxResource({ stream: () => this.api.request(about, {}) });
  private readonly about = computed(() => (this.answer.hasValue() ? this.answer.value() : undefined));

  /** Whether the answer has come, or the request has failed. */
  readonly isResolved = computed(() => !this.answer.isLoading());
  /** Where the sandbox shows its accounts; undefined with the real Google. */
  readonly sandboxUrl = computed(() => this.about()?.sandboxUrl);

  /** Whether the API's console is served here. */
  readonly apiDocs = computed(() => this.about()?.apiDocs ?? true);

  /** The address of an account's Drive. */
  driveAddress(email: string): string {
    const sandbox = this.sandboxUrl();
    return sandbox ? `${sandbox}/browse/${encodeURIComponent(email)}` : GOOGLE_DRIVE;
  }

  /** The address of a folder in an account's Drive; the sandbox shows the whole Drive. */
  folderAddress(email: string, folderId: string): string {
    if (this.sandboxUrl()) return this.driveAddress(email);
    // With both accounts signed in, Drive could open as the wrong one.
    return `${GOOGLE_DRIVE}drive/folders/${encodeURIComponent(folderId)}?authuser=${encodeURIComponent(email)}`;
  }
}
