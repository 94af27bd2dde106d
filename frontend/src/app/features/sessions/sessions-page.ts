import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { currentTime } from '../../core/clock';
import { Command, Commands } from '../../core/commands';
import { Connection } from '../../core/connection';
import { formatDuration, formatExact, formatMoment, formatTimeOfDay } from '../../core/formats';
import { explain, Problem, Remedy } from '../../core/problem';
import { ProblemNote } from '../../core/problem-note';
import { ENDS_SOON_MS, SessionStatus, SessionStore } from '../../core/sessions';
import { Side, SIDES } from '../../core/side';
import { Texts } from '../../texts/texts';
import { Avatar } from '../../ui/avatar';
import { EmptyState } from '../../ui/empty-state';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { WaitingRows } from '../../ui/waiting-rows';
import { SeenSession, SessionsStore } from './sessions-store';

/** A session's state in words. */
interface StatusLabel {
  readonly text: string;
  readonly hint: string;
  readonly warns: boolean;
}

/** The page of sessions: where the connected accounts are signed in, what is stored, and how to end it. */
@Component({
  selector: 'cm-sessions-page',
  imports: [Avatar, EmptyState, Icon, MatButton, Note, ProblemNote, RouterLink, WaitingRows],
  providers: [SessionsStore],
  templateUrl: './sessions-page.html',
  styleUrl: './sessions-page.scss',
})
export default class SessionsPage {
  private readonly sessions = inject(SessionStore);
  protected readonly store = inject(SessionsStore);
  protected readonly offline = inject(Connection).offline;
  protected readonly t = inject(Texts).sessions;
  protected readonly sides = SIDES;

  /** The commands of this page for the command palette. */
  private readonly offered = computed<readonly Command[]>(() => {
    if (this.offline() || this.store.ending().size > 0) return [];
    const t = this.t();
    const others = this.store.others();
    return [
      ...(others.state === 'ready' && others.sessions.length > 0
        ? [{ id: 'sessions-end-all', label: t.others.endAll, run: () => void this.store.endAll() }]
        : []),
      ...this.store.accounts().map((account) => ({
        id: `sessions-withdraw-${account.side}`,
        label: t.withdraw.heading(account.email),
        run: () => void this.store.withdraw(account),
      })),
    ];
  });

  constructor() {
    inject(Commands).offer(this.offered);
  }

  protected here(side: Side) {
    const status = this.sessions.status(side);
    const session = this.store.current(side);
    return {
      ...this.describe(status, session),
      account: this.sessions.account(side),
      state: status.state,
      exact: status.state === 'connected' ? formatExact(status.expiresAt) : undefined,
      id: session && short(session.id),
    };
  }

  protected describeOther(session: SeenSession) {
    const { device, never } = this.t().others;
    return {
      name: short(session.id),
      device: device(session.device.browser, session.device.os),
      used: session.lastUsedAt ? this.moment(session.lastUsedAt) : never,
    };
  }

  protected remedy(remedy: Remedy, { side }: Problem): void {
    if (remedy === 'connect' && side) this.store.signInAgain(side);
    else this.store.reload();
  }

  protected moment(time: number | string): string {
    const moment = formatMoment(time);
    const timeOfDay = formatTimeOfDay(new Date(time).getTime());
    return moment === timeOfDay ? this.t().here.today(timeOfDay) : moment;
  }

  protected readonly exactly = formatExact;

  private describe(status: SessionStatus, session: SeenSession | undefined): StatusLabel {
    const t = this.t().here;
    switch (status.state) {
      case 'connected': {
        const left = status.expiresAt - currentTime();
        const duration = formatDuration(Math.max(60, Math.floor(left / 60_000) * 60));
        if (left < ENDS_SOON_MS) return { text: t.endsIn(duration), hint: t.soon, warns: true };
        const hint = session ? t.left(duration, this.moment(session.createdAt)) : '';
        return { text: t.ends(this.moment(status.expiresAt)), hint, warns: false };
      }
      case 'ended':
        return status.code === 'session_expired'
          ? { text: t.ended, hint: t.endedMeans, warns: true }
          : { text: t.withdrawn, hint: t.withdrawnMeans, warns: true };
      case 'unknown':
        return { text: t.unknown, hint: explain(status.problem).text, warns: true };
      case 'checking':
        return { text: t.checking, hint: '', warns: false };
      case 'absent':
        return { text: t.absent, hint: '', warns: false };
    }
  }
}

/** Enough of a session's ID to distinguish it from others. */
const short = (id: string): string => `${id.slice(0, 6)}…`;
