import { Component, computed, effect, inject, InjectionToken, input, signal, untracked } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { ActivatedRoute, RouterLink } from '@angular/router';
import { Copy } from '../../api/models/copy';
import { Installation } from '../../core/installation';
import { Problem, toProblem } from '../../core/problem';
import { ProblemNote } from '../../core/problem-note';
import { SessionStore } from '../../core/sessions';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';
import { ConnectFirst } from './connect-first';
import { CopySearch } from './copy-search';
import { movedTexts } from './moved-texts';

/** Replaces this page by another address, so that “back” does not lead here again. Injected, so that tests can observe it. */
export const REPLACE_PAGE = new InjectionToken<(url: string) => void>('REPLACE_PAGE', {
  providedIn: 'root',
  factory: () => (url) => location.replace(url),
});

const DRIVE_ID = /^[\w-]{1,128}$/;

/** Opens the copy of an original, if a connected account has one. */
@Component({
  selector: 'cm-moved-link',
  imports: [ConnectFirst, EmptyState, MatButton, ProblemNote, RouterLink],
  template: `
    @if (!sessions.anyConnected()) {
      <cm-connect-first [heading]="t().nobody.heading">
        {{ t().nobody.text }}
        @if (original(); as address) {
          <a more matButton [href]="address">{{ t().original }}</a>
        }
      </cm-connect-first>
    } @else if (problem(); as failure) {
      <cm-problem-note [problem]="failure" (remedy)="look(id())" />
    } @else if (isMissing()) {
      <div class="card">
        <cm-empty-state icon="search" [heading]="t().none.heading" role="status">
          {{ t().none.text }}
          <span emptyAction class="row-of">
            @if (original(); as address) {
              <a matButton="filled" [href]="address">{{ t().original }}</a>
            }
            <a matButton="outlined" routerLink="/connect">{{ t().another }}</a>
          </span>
        </cm-empty-state>
      </div>
    } @else {
      <p role="status">{{ t().looking }}</p>
    }
  `,
})
export class MovedLink {
  private readonly search = inject(CopySearch);
  private readonly installation = inject(Installation);
  private readonly replacePage = inject(REPLACE_PAGE);
  /** Names a place in the file, such as a heading, that the copy has too. */
  private readonly fragment = inject(ActivatedRoute).snapshot.fragment;
  private readonly texts = movedTexts(inject(Texts));
  protected readonly sessions = inject(SessionStore);
  protected readonly t = computed(() => this.texts().link);

  readonly id = input.required<string>();

  protected readonly problem = signal<Problem | undefined>(undefined);
  protected readonly isMissing = signal(false);
  protected readonly original = computed(() =>
    DRIVE_ID.test(this.id()) ? this.withFragment(this.installation.fileAddress(this.id())) : undefined,
  );

  constructor() {
    effect(() => {
      const id = this.id();
      if (this.sessions.anyConnected()) untracked(() => void this.look(id));
    });
  }

  protected async look(id: string): Promise<void> {
    this.problem.set(undefined);
    this.isMissing.set(false);
    try {
      const copy = DRIVE_ID.test(id) ? (await this.search.find([id])).get(id) : undefined;
      const address = copy && this.addressOf(copy);
      if (address) this.replacePage(address);
      else this.isMissing.set(true);
    } catch (error) {
      this.problem.set(toProblem(error));
    }
  }

  private addressOf({ destinationId, webViewLink }: Copy): string | undefined {
    const isWeb = webViewLink !== undefined && /^https?:/.test(webViewLink);
    return this.withFragment(isWeb ? webViewLink : this.installation.fileAddress(destinationId));
  }

  private withFragment(address: string | undefined): string | undefined {
    return address && this.fragment && !address.includes('#') ? `${address}#${encodeURI(this.fragment)}` : address;
  }
}
