import { Component, computed, inject, input, signal } from '@angular/core';
import { form, FormField } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { currentTime } from '../../core/clock';
import { Connection } from '../../core/connection';
import { driveStorage } from '../../core/drive-storage';
import { formatBytes, formatDuration, formatExact, formatMoment } from '../../core/formats';
import { explain } from '../../core/problem';
import { ENDS_SOON_MS, SessionStore } from '../../core/sessions';
import { Side } from '../../core/side';
import { SignIn } from '../../core/sign-in';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';
import { Avatar } from '../../ui/avatar';
import { Icon, IconName } from '../../ui/icon';

/** The account of one side: its status, and what can be done about it. */
@Component({
  selector: 'cm-account-card',
  imports: [Avatar, FormField, Icon, MatButton],
  host: { '[class]': 'side()' },
  templateUrl: './account-card.html',
  styleUrl: './account-card.scss',
})
export class AccountCard {
  private readonly sessions = inject(SessionStore);
  private readonly signIn = inject(SignIn);
  private readonly toasts = inject(Toasts);
  protected readonly offline = inject(Connection).offline;

  readonly side = input.required<Side>();

  private readonly texts = inject(Texts).connect;
  protected readonly t = computed(() => this.texts().card);

  protected readonly status = computed(() => this.sessions.status(this.side()));
  protected readonly tag = computed(() => this.t().tag[this.side()]);
  /** The account to connect. `copyOnly`: for a source, to allow only reading. */
  protected readonly form = form(signal({ email: '', copyOnly: false }));
  protected readonly ending = signal(false);

  protected readonly storage = driveStorage(this.side);
  protected readonly room = computed(() => {
    const storage = this.storage.storage();
    const { unlimited, limited } = this.t().storage;
    if (!storage) return undefined;
    const { used, limit, percent = 0 } = storage;
    return {
      percent,
      text: limit === null ? unlimited(formatBytes(used)) : limited(formatBytes(used), formatBytes(limit)),
    };
  });
  protected readonly readOnly = computed(() => {
    const status = this.status();
    return status.state === 'connected' && status.readOnly;
  });

  protected readonly chip = computed<{ kind: string; icon: IconName; text: string }>(() => {
    const status = this.status();
    switch (status.state) {
      case 'connected':
        return this.endsSoon()
          ? { kind: 'warn', icon: 'clock', text: this.t().endsIn(this.left()) }
          : { kind: 'ok', icon: 'ok-circle', text: this.readOnly() ? this.t().copyOnly.chip : this.t().connected };
      case 'checking':
        return { kind: '', icon: 'clock', text: this.t().checking };
      case 'ended':
        return status.code === 'session_expired'
          ? { kind: 'warn', icon: 'key', text: this.t().signInEnded }
          : { kind: 'warn', icon: 'unlink', text: this.t().accessWithdrawn };
      case 'unknown':
        return { kind: 'bad', icon: 'alert', text: this.t().notKnown };
      case 'absent':
        return { kind: '', icon: 'user', text: this.t().notConnected };
    }
  });
  private readonly leftMs = computed(() => {
    const status = this.status();
    return status.state === 'connected' ? status.expiresAt - currentTime() : 0;
  });
  protected readonly endsSoon = computed(() => this.leftMs() < ENDS_SOON_MS);
  protected readonly left = computed(() => {
    const minutes = Math.floor(this.leftMs() / 60_000);
    return minutes < 1 ? this.t().lessThanAMinute : formatDuration(minutes * 60);
  });
  protected readonly until = computed(() => {
    const status = this.status();
    if (status.state !== 'connected') return undefined;
    return { text: formatMoment(status.expiresAt), exact: formatExact(status.expiresAt) };
  });
  /** When Google will end the access. */
  protected readonly accessEnds = computed(() => {
    const status = this.status();
    if (status.state !== 'connected' || status.accessEndsAt === undefined) return undefined;
    return { text: formatMoment(status.accessEndsAt), exact: formatExact(status.accessEndsAt) };
  });
  protected readonly explanation = computed(() => {
    const status = this.status();
    if (status.state === 'unknown') return explain(status.problem, { side: this.side() }).text;
    if (status.state !== 'ended') return '';
    return status.code === 'session_expired' ? this.t().expired : this.t().refused;
  });

  protected connectNew(): void {
    const { email, copyOnly } = this.form().value();
    this.connect(email, copyOnly ? 'readonly' : 'full');
  }

  /** @param access the access to request for a source; the current one by default */
  protected connect(account?: string, access?: 'full' | 'readonly'): void {
    this.signIn.start(this.side(), { returnTo: '/connect', account, ...(access && { access }) });
  }

  protected checkAgain(): void {
    void this.sessions.check();
  }

  protected async disconnect(): Promise<void> {
    this.ending.set(true);
    try {
      await this.sessions.disconnect(this.side());
    } catch (error) {
      this.toasts.failed(error, { side: this.side() });
    } finally {
      this.ending.set(false);
    }
  }
}
