import { Component, computed, inject, input, output, signal } from '@angular/core';
import { MatCheckbox } from '@angular/material/checkbox';
import { Texts } from '../texts/texts';
import { Installation } from './installation';
import { PreferenceStore } from './preferences';
import { Side, SIDES } from './side';

/**
 * Chooses how a person is notified when a transfer ends: by e-mail to its accounts, where this server sends e-mails, and
 * by this browser. The portal requests its permission only when the person selects it.
 */
@Component({
  selector: 'cm-notify-choice',
  imports: [MatCheckbox],
  template: `
    @if (isShown()) {
      <div role="group" [attr.aria-label]="t().heading">
        <b class="small">{{ t().heading }}</b>
        @for (each of offered(); track each.side) {
          <mat-checkbox
            class="mail"
            [checked]="mail().includes(each.side)"
            [disabled]="disabled()"
            (change)="chooseMail(each.side, $event.checked)"
            >{{ t().mail(each.email) }}</mat-checkbox
          >
        }
        @if (isSupported) {
          <mat-checkbox #box [checked]="wanted()" (change)="choose($event.checked); box.checked = wanted()">{{
            t().browser
          }}</mat-checkbox>
          <p class="small" [class.muted]="!blocked()" [class.warning]="blocked()" aria-live="polite">
            {{ blocked() ? t().blocked : t().hint }}
          </p>
        }
      </div>
    }
  `,
  styles: `
    [role='group'] {
      display: grid;
      row-gap: 4px;
    }
    .mail {
      overflow-wrap: anywhere;
    }
    p {
      padding-left: 40px;
    }
  `,
})
export class NotifyChoice {
  private readonly preferences = inject(PreferenceStore);
  private readonly installation = inject(Installation);
  private readonly texts = inject(Texts).shell;
  protected readonly t = computed(() => this.texts().notify);

  /** The e-mail addresses of the accounts that can be selected. */
  readonly accounts = input<Partial<Readonly<Record<Side, string>>>>({});
  /** The accounts that get an e-mail. */
  readonly mail = input<readonly Side[]>([]);
  readonly disabled = input(false);
  readonly mailChange = output<Side[]>();

  /** An account that is both sides is offered once, as the side that is selected. */
  protected readonly offered = computed(() => {
    if (!this.installation.mailAvailable()) return [];
    const all = SIDES.flatMap((side) => {
      const email = this.accounts()[side];
      return email === undefined ? [] : [{ side, email }];
    });
    const isSame = all.length > 1 && all[0]!.email === all[1]!.email;
    return isSame ? [all.find(({ side }) => this.mail().includes(side)) ?? all[0]!] : all;
  });

  protected readonly isSupported = 'Notification' in globalThis;
  /** Whether there is anything to choose. */
  readonly isShown = computed(() => this.isSupported || this.offered().length > 0);
  private readonly permission = signal(this.isSupported ? Notification.permission : 'denied');
  /** The permission was denied. */
  protected readonly blocked = signal(false);
  protected readonly wanted = computed(() => this.preferences.notifyDone() && this.permission() === 'granted');

  protected chooseMail(side: Side, wanted: boolean): void {
    this.mailChange.emit(SIDES.filter((each) => (each === side ? wanted : this.mail().includes(each))));
  }

  protected choose(wanted: boolean): void {
    if (!wanted) {
      this.preferences.choose('notifyDone', false);
      return;
    }
    void this.ask();
  }

  private async ask(): Promise<void> {
    const permission = await Notification.requestPermission();
    this.permission.set(permission);
    this.blocked.set(permission !== 'granted');
    if (permission === 'granted') this.preferences.choose('notifyDone', true);
  }
}
