import { Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { SessionStatus } from '../core/sessions';
import { Side } from '../core/side';
import { Catalogue } from '../texts/catalogue';
import { Texts } from '../texts/texts';
import { Avatar } from './avatar';
import { Icon } from './icon';

interface End {
  readonly side: Side;
  readonly name: string;
  readonly words: string;
  readonly ended: boolean;
}

function describe(side: Side, status: SessionStatus, words: Catalogue['shell']['accounts']): End {
  switch (status.state) {
    case 'connected':
      return { side, name: status.account.name || status.account.email, words: status.account.email, ended: false };
    case 'ended':
      return { side, name: status.account?.name ?? '!', words: words.ended, ended: true };
    case 'checking':
      return { side, name: '…', words: words.checking, ended: false };
    case 'unknown':
      return { side, name: '?', words: words.unknown, ended: false };
    case 'absent':
      return { side, name: '', words: words.absent, ended: false };
  }
}

/** Both accounts in the bar, source first, with a word for every state; leads to the accounts page. */
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
          <span class="words cut" [class.muted]="!end.name">{{ end.words }}</span>
        </span>
      }
    </a>
  `,
  styles: `
    :host {
      min-width: 0;
    }
    a,
    .end {
      display: flex;
      align-items: center;
      gap: 8px;
      min-width: 0;
    }
    a {
      max-width: 480px;
      padding: 4px 12px 4px 5px;
      border: 1px solid var(--line);
      border-radius: 20px;
      color: var(--ink);
      font-size: 12px;
      line-height: 16px;
      text-decoration: none;
    }
    .ended .words {
      color: var(--warn);
      font-weight: 600;
    }
    .ended cm-avatar {
      outline: 2px solid var(--warn);
      outline-offset: 1px;
    }
    @media (max-width: 1199px) {
      a {
        padding-right: 6px;
      }
      .end:not(.ended) .words {
        position: absolute;
        width: 1px;
        height: 1px;
        overflow: hidden;
        clip-path: inset(50%);
      }
    }
    @media (max-width: 719px) {
      .words {
        position: absolute;
        width: 1px;
        height: 1px;
        overflow: hidden;
        clip-path: inset(50%);
      }
      a {
        min-height: 44px;
      }
    }
  `,
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
