import { Component, computed, inject, signal } from '@angular/core';
import { MatCheckbox } from '@angular/material/checkbox';
import { PreferenceStore } from '../../core/preferences';
import { Texts } from '../../texts/texts';

/** Chooses whether the browser notifies when a transfer ends. Asks for the permission only when selected. */
@Component({
  selector: 'cm-notice-choice',
  imports: [MatCheckbox],
  template: `
    @if (isSupported) {
      <mat-checkbox #box [checked]="wanted()" (change)="choose($event.checked); box.checked = wanted()">{{
        t().notice.choice
      }}</mat-checkbox>
      <p class="small" [class.muted]="!blocked()" [class.warning]="blocked()" aria-live="polite">
        {{ blocked() ? t().notice.blocked : t().notice.hint }}
      </p>
    }
  `,
  styles: `
    p {
      padding-left: 40px;
    }
  `,
})
export class NoticeChoice {
  private readonly preferences = inject(PreferenceStore);
  protected readonly t = inject(Texts).finished;

  protected readonly isSupported = 'Notification' in globalThis;
  private readonly permission = signal(this.isSupported ? Notification.permission : 'denied');
  /** The permission was denied. */
  protected readonly blocked = signal(false);
  protected readonly wanted = computed(() => this.preferences.notifyDone() && this.permission() === 'granted');

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
