import { Clipboard } from '@angular/cdk/clipboard';
import { Component, computed, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { Installation } from '../../../core/installation';
import { Toasts } from '../../../core/toasts';
import { Transfer } from '../../../core/transfer-updates';
import { Texts } from '../../../texts/texts';
import { Icon } from '../../../ui/icon';

/** What to do once everything has arrived. */
@Component({
  selector: 'cm-next-steps',
  imports: [Icon, MatButton, RouterLink],
  host: { class: 'card not-on-paper' },
  template: `
    <div class="head">
      <h2 id="next-steps">{{ t().next.heading }}</h2>
    </div>
    <ul aria-labelledby="next-steps">
      @if (folders().length > 0) {
        <li>
          <cm-icon name="mail" class="muted" />
          <div>
            <div class="strong">{{ t().next.tell }}</div>
            <div class="small muted">{{ t().next.tellText }}</div>
          </div>
          <button matButton="outlined" type="button" (click)="copyNote()">{{ t().next.copyNote }}</button>
        </li>
      }
      <li>
        <cm-icon name="key" class="muted" />
        <div>
          <div class="strong">{{ t().next.access }}</div>
          <div class="small muted">{{ t().next.accessText }}</div>
        </div>
        <a matButton="outlined" routerLink="/sessions">{{ t().next.toSessions }}</a>
      </li>
    </ul>
  `,
  styles: `
    li {
      display: grid;
      grid-template-columns: 24px minmax(0, 1fr) auto;
      align-items: center;
      gap: 2px 10px;
      padding: 11px 16px;
      border-bottom: 1px solid var(--line);
    }
    li:last-child {
      border-bottom: 0;
    }
    @media (min-width: 720px) {
      li {
        --mat-button-outlined-container-height: 28px;
        --mat-button-outlined-horizontal-padding: 12px;
        --mat-button-outlined-label-text-size: 13px;
      }
    }
  `,
})
export class NextSteps {
  private readonly clipboard = inject(Clipboard);
  private readonly toasts = inject(Toasts);
  private readonly installation = inject(Installation);
  protected readonly t = inject(Texts).finished;

  readonly transfer = input.required<Transfer>();
  protected readonly folders = computed(() => this.transfer().arrived?.byFolder ?? []);

  protected copyNote(): void {
    const { source, destination } = this.transfer();
    const { next } = this.t();
    // Without `authuser`: others open the folder with their own accounts.
    const lines = this.folders().map(
      ({ name, id }) => `${name}: ${this.installation.folderAddress(destination.email, id).replace(/\?.*$/, '')}`,
    );
    const done = this.clipboard.copy([next.note(source.email, destination.email), '', ...lines].join('\n'));
    this.toasts.say(done ? next.noteCopied : next.noteNotCopied);
  }
}
