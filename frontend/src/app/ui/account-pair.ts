import { Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { SessionStatus } from '../core/sessions';
import { Side } from '../core/side';
import { Catalogue } from '../texts/catalogue';
import { Texts } from '../texts/texts';
import { Avatar } from './avatar';
import { Icon } from './icon';

interface AccountLabel {
  readonly side: Side;
  readonly name: string;
  readonly text: string;
  readonly ended: boolean;
}

function describe(side: Side, status: SessionStatus, t: Catalogue['shell']['accounts']): AccountLabel {
  switch (status.state) {
    case 'connected':
      return { side, name: status.account.name || status.account.email, text: status.account.email, ended: false };
    case 'ended':
      return { side, name: status.account?.name ?? '!', text: t.ended, ended: true };
    case 'checking':
      return { side, name: '…', text: t.checking, ended: false };
    case 'unknown':
      return { side, name: '?', text: t.unknown, ended: false };
    case 'absent':
      return { side, name: '', text: t.absent, ended: false };
  }
}

/** Both accounts in the bar, source first, with their states; links to the accounts page. */
@Component({
  selector: 'cm-account-pair',
  imports: [RouterLink, Avatar, Icon],
  template: `
    <a routerLink="/connect">
      <span class="only-speech">{{ t().from }}</span>
      @for (end of ends(); track end.side) {
        @if (end.side === 'destination') {
          <cm-icon name="arrow" class="small muted" />
          <span class="only-speech">{{ t().to }}</span>
        }
        <span class="end" [class.ended]="end.ended">
          <cm-avatar [side]="end.side" [name]="end.name" />
          <span class="words cut" [class.muted]="!end.name">{{ end.text }}</span>
        </span>
      }
    </a>
  `,
  styleUrl: './account-pair.scss',
})
export class AccountPair {
  readonly source = input.required<SessionStatus>();
  readonly destination = input.required<SessionStatus>();
  private readonly shell = inject(Texts).shell;
  protected readonly t = computed(() => this.shell().accounts);
  protected readonly ends = computed(() => [
    describe('source', this.source(), this.t()),
    describe('destination', this.destination(), this.t()),
  ]);
}
