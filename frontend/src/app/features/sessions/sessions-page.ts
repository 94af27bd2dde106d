import { Component, computed, inject, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDialog } from '@angular/material/dialog';
import { RouterLink } from '@angular/router';
import { Clock } from '../../core/clock';
import { Command, Commands } from '../../core/commands';
import { Connection } from '../../core/connection';
import { formatDuration, formatExact, formatMoment, formatNames, formatTimeOfDay } from '../../core/formats';
import { explain, Remedy, toProblem } from '../../core/problem';
import { SessionStatus, SessionStore } from '../../core/sessions';
import { Side, SIDES } from '../../core/side';
import { SignIn } from '../../core/sign-in';
import { StepUp } from '../../core/step-up';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';
import { Avatar } from '../../ui/avatar';
import { confirm, Question } from '../../ui/confirm-dialog';
import { EmptyState } from '../../ui/empty-state';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { ProblemNote } from '../../core/problem-note';
import { WaitingRows } from '../../ui/waiting-rows';
import { SeenSession, SessionApi } from './session-api';

/** Under this many milliseconds left the end of the sign-in is worth a warning. */
const SOON_MS = 60 * 60_000;
/** As many transfers as are named one by one before they are withdrawn. */
const NAMED = 8;

/** Where the connected accounts are signed in, what is kept, and how to end all of it. */
@Component({
  selector: 'cm-sessions-page',
  imports: [Avatar, EmptyState, Icon, MatButton, Note, ProblemNote, RouterLink, WaitingRows],
  templateUrl: './sessions-page.html',
  styleUrl: './sessions-page.scss',
})
export class SessionsPage {
  private readonly api = inject(SessionApi);
  private readonly dialog = inject(MatDialog);
  private readonly signIn = inject(SignIn);
  private readonly stepUp = inject(StepUp);
  private readonly toasts = inject(Toasts);
  private readonly clock = inject(Clock);
  protected readonly sessions = inject(SessionStore);
  protected readonly offline = inject(Connection).offline;

  protected readonly t = inject(Texts).sessions;
  protected readonly sides = SIDES;

  /** Known once both have been asked about, so that nothing is asked twice. */
  private readonly connected = computed(() =>
    this.sessions.settled() ? SIDES.filter((side) => this.sessions.status(side).state === 'connected') : [],
  );
  /** The accounts that are connected, each with a side that can speak for it. */
  private readonly accounts = computed(() => {
    const bySide = this.connected().map((side) => [this.sessions.account(side)?.email ?? '', side] as const);
    return [...new Map(bySide)].map(([email, side]) => ({ email, side }));
  });
  protected readonly nobody = computed(
    () => this.sessions.settled() && SIDES.every((side) => this.sessions.status(side).state === 'absent'),
  );

  private readonly seen = resource({
    // Who is signed in, as text: an equal answer of the server asks nothing anew.
    params: () =>
      this.connected()
        .map((side) => `${side} ${this.sessions.account(side)?.email}`)
        .join() || undefined,
    loader: () => this.api.list(this.connected()),
  });
  private readonly open = resource({
    params: () =>
      this.accounts()
        .map(({ email }) => email)
        .join() || undefined,
    loader: async () =>
      new Map(
        await Promise.all(
          this.accounts().map(async ({ email }) => [email, await this.api.openTransfers(email)] as const),
        ),
      ),
  });

  private readonly all = computed(() => (this.seen.hasValue() ? this.seen.value() : undefined));
  /** What of the other sessions is shown. */
  protected readonly others = computed(() => {
    const all = this.all();
    if (all)
      return { state: 'ready' as const, sessions: all.filter(({ current }) => !current).map((each) => this.row(each)) };
    const error = this.seen.error();
    if (error) return { state: 'error' as const, problem: toProblem(causeOf(error)) };
    return this.connected().length > 0 ? { state: 'loading' as const } : { state: 'none' as const };
  });
  protected readonly withdrawals = computed(() => {
    const open = this.open.hasValue() ? this.open.value() : undefined;
    return this.accounts().map(({ email, side }) => ({ email, side, transfers: open?.get(email) }));
  });

  /** What is being ended right now: a side, the id of a session, or `others`. */
  protected readonly ending = signal<ReadonlySet<string>>(new Set());

  private readonly offered = computed<readonly Command[]>(() => {
    if (this.offline() || this.ending().size > 0) return [];
    const t = this.t();
    const others = this.all()?.some(({ current }) => !current) ?? false;
    return [
      ...(others ? [{ id: 'sessions-end-all', label: t.others.endAll, run: () => void this.endAll() }] : []),
      ...this.accounts().map((account) => ({
        id: `sessions-withdraw-${account.side}`,
        label: t.withdraw.heading(account.email),
        run: () => void this.withdraw(account),
      })),
    ];
  });

  constructor() {
    inject(Commands).offer(this.offered);
  }

  protected here(side: Side) {
    const status = this.sessions.status(side);
    const session = this.all()?.find((each) => each.current && each.seenBy === side);
    const { text, hint, warns } = this.wordsOf(status, session);
    const account = this.sessions.account(side);
    return {
      account,
      state: status.state,
      text,
      hint,
      warns,
      exact: status.state === 'connected' ? formatExact(status.expiresAt) : undefined,
      id: session && short(session.id),
    };
  }

  protected signInAgain(side: Side): void {
    this.signIn.start(side, { account: this.sessions.account(side)?.email });
  }

  protected disconnect(side: Side): Promise<void> {
    return this.during(side, () => this.sessions.disconnect(side));
  }

  protected end(session: SeenSession): Promise<void> {
    return this.during(session.id, async () => {
      await this.endUnlessGone(session);
      this.toasts.say(this.t().others.ended(1));
      this.seen.reload();
    });
  }

  protected async endAll(): Promise<void> {
    const others = this.all()?.filter(({ current }) => !current) ?? [];
    const { ask, ended } = this.t().others;
    const sure = await confirm(this.dialog, {
      title: ask.title(others.length),
      paragraphs: [ask.text],
      keep: ask.keep,
      act: ask.act,
    });
    if (!sure) return;
    await this.during('others', async () => {
      try {
        this.toasts.say(ended(await this.endEach(others)));
      } finally {
        this.seen.reload();
      }
    });
  }

  protected async withdraw({ email, side }: { email: string; side: Side }): Promise<void> {
    const words = this.t().withdraw;
    const sure = await confirm(this.dialog, {
      title: words.ask.title(email),
      ...(await this.whatStops(email)),
      keep: words.ask.keep,
      act: words.ask.act,
    });
    if (!sure) return;
    await this.during(`withdraw ${email}`, async () => {
      await this.stepUp.withdraw(side, email).catch(async (error: unknown) => {
        const answer = await this.stepUp.offer(error, { command: 'withdraw', id: '' }, { [side]: email });
        if (answer === 'other') throw error;
      });
    });
  }

  protected remedy(remedy: Remedy): void {
    const problem = this.others();
    const side = problem.state === 'error' ? problem.problem.side : undefined;
    if (remedy === 'connect' && side) this.signInAgain(side);
    else this.seen.reload();
  }

  protected moment(time: number | string): string {
    const moment = formatMoment(time, this.clock.now());
    const timeOfDay = formatTimeOfDay(new Date(time).getTime());
    return moment === timeOfDay ? this.t().here.today(timeOfDay) : moment;
  }

  protected exactly(time: number | string): string {
    return formatExact(time);
  }

  private row(session: SeenSession) {
    const { device, never } = { ...this.t().others };
    return {
      session,
      name: short(session.id),
      device: device(session.device.browser, session.device.os),
      used: session.lastUsedAt ? this.moment(session.lastUsedAt) : never,
    };
  }

  private wordsOf(
    status: SessionStatus,
    session: SeenSession | undefined,
  ): { text: string; hint: string; warns: boolean } {
    const words = this.t().here;
    switch (status.state) {
      case 'connected': {
        const left = status.expiresAt - this.clock.now();
        const duration = formatDuration(Math.max(60, Math.floor(left / 60_000) * 60));
        if (left < SOON_MS) return { text: words.endsIn(duration), hint: words.soon, warns: true };
        const hint = session ? words.left(duration, this.moment(session.createdAt)) : '';
        return { text: words.ends(this.moment(status.expiresAt)), hint, warns: false };
      }
      case 'ended':
        return status.code === 'session_expired'
          ? { text: words.ended, hint: words.endedMeans, warns: true }
          : { text: words.withdrawn, hint: words.withdrawnMeans, warns: true };
      case 'unknown':
        return { text: words.unknown, hint: explain(status.problem).text, warns: true };
      case 'checking':
        return { text: words.checking, hint: '', warns: false };
      case 'absent':
        return { text: words.absent, hint: '', warns: false };
    }
  }

  /** Asked anew: meanwhile some may have ended and others begun. */
  private async whatStops(email: string): Promise<Pick<Question, 'paragraphs' | 'list'>> {
    const words = this.t().withdraw.ask;
    try {
      const open = await this.api.openTransfers(email);
      if (open.length === 0) return { paragraphs: [words.ends, words.none] };
      const list = open
        .slice(0, NAMED)
        .map(({ selection, source, destination }) =>
          words.transfer(formatNames(selection.names, selection.count), source.email, destination.email),
        );
      if (open.length > NAMED) list.push(words.more(open.length - NAMED));
      return { paragraphs: [words.ends, words.stops], list };
    } catch {
      return { paragraphs: [words.ends, words.notKnown] };
    }
  }

  /** With one account on both sides, ending all but one side's would end the other side's here. */
  private async endEach(others: readonly SeenSession[]): Promise<number> {
    if (this.accounts().length === this.connected().length) {
      const ended = await Promise.all(this.accounts().map(({ side }) => this.api.endOthers(side)));
      return ended.reduce((sum, each) => sum + each, 0);
    }
    for (const session of others) await this.endUnlessGone(session);
    return others.length;
  }

  /** One that has ended meanwhile is what was wanted. */
  private async endUnlessGone(session: SeenSession): Promise<void> {
    try {
      await this.api.end(session);
    } catch (error) {
      if (toProblem(error).status !== 404) throw error;
    }
  }

  private async during(what: string, run: () => Promise<void>): Promise<void> {
    this.ending.update((before) => new Set(before).add(what));
    try {
      await run();
    } catch (error) {
      this.toasts.failed(error);
    } finally {
      this.ending.update((before) => new Set([...before].filter((each) => each !== what)));
    }
  }
}

/** Enough of a session's id to tell it from the others. */
const short = (id: string): string => `${id.slice(0, 6)}…`;

/** A resource wraps what is no Error. */
const causeOf = (error: Error): unknown => error.cause ?? error;
