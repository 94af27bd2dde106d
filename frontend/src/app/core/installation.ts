import { HttpClient } from '@angular/common/http';
import { computed, inject, Service } from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { map } from 'rxjs';
import { about } from '../api/functions';

const GOOGLE_DRIVE = 'https://drive.google.com/';

/** What this installation is. Not known yet, or not answered, counts as one that works on real Google. */
@Service()
export class Installation {
  private readonly http = inject(HttpClient);
  private readonly answer = rxResource({ stream: () => about(this.http, '').pipe(map((response) => response.body)) });
  private readonly about = computed(() => (this.answer.hasValue() ? this.answer.value() : undefined));

  /** Whether the answer has come, or the request has failed. */
  readonly isResolved = computed(() => !this.answer.isLoading());
  /** Where the sandbox that stands in for Google shows its accounts; undefined with real Google. */
  readonly sandboxUrl = computed(() => this.about()?.sandboxUrl);

  /** Whether the API's console is served here. */
  readonly apiDocs = computed(() => this.about()?.apiDocs ?? true);

  /** Where a person sees an account's Drive with their own eyes. */
  driveAddress(email: string): string {
    const sandbox = this.sandboxUrl();
    return sandbox ? `${sandbox}/browse/${encodeURIComponent(email)}` : GOOGLE_DRIVE;
  }

  /** Where a folder of an account's Drive is seen; the sandbox shows all of the account's. */
  folderAddress(email: string, folderId: string): string {
    if (this.sandboxUrl()) return this.driveAddress(email);
    // With both accounts signed in, it would open as the wrong one.
    return `${GOOGLE_DRIVE}drive/folders/${encodeURIComponent(folderId)}?authuser=${encodeURIComponent(email)}`;
  }
}
