import { computed, inject, Injectable, resource } from '@angular/core';
import { MatDialog } from '@angular/material/dialog';
import { lastValueFrom, map, toArray } from 'rxjs';
import { sessionsList, sessionsEnd, transfersList as listTransfers, sessionsLogOutOthers } from '../../api/functions';
import { ActiveSession } from '../../api/models/active-session';
import { Transfer } from '../../api/models/transfer';
import { ApiClient } from '../../core/api-client';
import { formatNames } from '../../core/formats';
import { followPages } from '../../core/paged-resource';
import { Problem, toProblem } from '../../core/problem';
import { problemOf, valueOf } from '../../core/resource-parts';
import { RunningCommands } from '../../core/running-commands';
import { SessionStore } from '../../core/sessions';
import { Side, SIDES } from '../../core/side';
import { SignIn } from '../../core/sign-in';
import { StepUp } from '../../core/step-up';
import { Toasts } from '../../core/toasts';
import { isFinished } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';
import { confirm, Question } from '../../ui/confirm-dialog';

/** How many transfers the question before a withdrawal names. */
const MAX_NAMED = 8;
/** Later pages contain only old transfers, which have ended. */
const MAX_PAGES = 10;
const PAGE = 100;

/** A live session, as listed for one of this browser's sides. */
export type SeenSession = ActiveSession & {
  /** The side of this browser that is signed in to the same account. */
  readonly side: Side;
};

/** A connected account, and a side that is signed in to it. */
export interface ConnectedAccount {
  readonly email: string;
  readonly side: Side;
}

/** The other sessions of the connected accounts. */
export type Others =
  | { readonly state: 'none' | 'loading' }
  | { readonly state: 'error'; readonly problem: Problem }
  | { readonly state: 'ready'; readonly sessions: readonly SeenSession[] };

/** The sessions of the connected accounts, the transfers that each withdrawal would stop, and the commands to end them. */
@Injectable()
export class SessionsStore {
  private readonly api = inject(ApiClient);
  private readonly sessions = inject(SessionStore);
  private readonly dialog = inject(MatDialog);
  private readonly signIn = inject(SignIn);
  private readonly stepUp = inject(StepUp);
  private readonly toasts = inject(Toasts);
  private readonly t = inject(Texts).sessions;
  private readonly commands = new RunningCommands();

  /** Empty until both sides have been checked, so that nothing is requested twice. */
  private readonly connected = computed(() =>
    this.sessions.settled() ? SIDES.filter((side) => this.sessions.status(side).state === 'connected') : [],
  );
  readonly accounts = computed<ConnectedAccount[]>(() => {
    const bySide = this.connected().map((side) => [this.sessions.account(side)?.email ?? '', side] as const);
    return [...new Map(bySide)].map(([email, side]) => ({ email, side }));
  });
  readonly nobody = computed(
    () => this.sessions.settled() && SIDES.every((side) => this.sessions.status(side).state === 'absent'),
  );

  private readonly seen = resource({
    // As a string, so that equal values do not start another request.
    params: () =>
      this.connected()
        .map((side) => `${side} ${this.sessions.account(side)?.email}`)
        .join() || undefined,
    loader: () => this.listSessions(this.connected()),
  });
  private readonly open = resource({
    params: () =>
      this.accounts()
        .map(({ email }) => email)
        .join() || undefined,
    loader: async () =>
      new Map(
        await Promise.all(this.accounts().map(async ({ email }) => [email, await this.openTransfers(email)] as const)),
      ),
  });
  private readonly all = computed(() => valueOf(this.seen));

  readonly others = computed<Others>(() => {
    const all = this.all();
    if (all) return { state: 'ready', sessions: all.filter(({ current }) => !current) };
    const problem = problemOf(this.seen);
    if (problem) return { state: 'error', problem };
    return { state: this.connected().length > 0 ? 'loading' : 'none' };
  });
  /** The accounts with the transfers that a withdrawal of their access would stop, once these are known. */
  readonly withdrawals = computed(() => {
    const open = valueOf(this.open);
    return this.accounts().map((account) => ({ ...account, transfers: open?.get(account.email) }));
  });
  /** What is being ended: a side, the ID of a session, `others`, or `withdraw` and an e-mail address. */
  readonly ending = this.commands.ids;

  /** This browser's session of a side, as the server lists it. */
  current(side: Side): SeenSession | undefined {
    return this.all()?.find((each) => each.current && each.side === side);
  }

  reload(): void {
    this.seen.reload();
  }

  signInAgain(side: Side): void {
    this.signIn.start(side, { account: this.sessions.account(side)?.email });
  }

  disconnect(side: Side): Promise<void> {
    return this.commands.run(side, () => this.sessions.disconnect(side));
  }

  end(session: SeenSession): Promise<void> {
    return this.commands.run(session.id, async () => {
      await this.endUnlessGone(session);
      this.toasts.say(this.t().others.ended(1));
      this.seen.reload();
    });
  }

  async endAll(): Promise<void> {
    const others = this.all()?.filter(({ current }) => !current) ?? [];
    const { ask, ended } = this.t().others;
    const { keep, act } = ask;
    const question = { title: ask.title(others.length), paragraphs: [ask.text], keep, act };
    if (!(await confirm(this.dialog, question))) return;
    await this.commands.run('others', async () => {
      try {
        this.toasts.say(ended(await this.endEach(others)));
      } finally {
        this.seen.reload();
      }
    });
  }

  async withdraw({ email, side }: ConnectedAccount): Promise<void> {
    const { title, keep, act } = this.t().withdraw.ask;
    const question = { title: title(email), ...(await this.whatStops(email)), keep, act };
    if (!(await confirm(this.dialog, question))) return;
    await this.commands.run(`withdraw ${email}`, async () => {
      await this.stepUp.withdraw(side, email).catch(async (error: unknown) => {
        const answer = await this.stepUp.offer(error, { command: 'withdraw', id: '' }, { [side]: email });
        if (answer === 'other') throw error;
      });
    });
  }

  /** The live sessions of the accounts of these sides, each once, newest first. */
  private async listSessions(sides: readonly Side[]): Promise<readonly SeenSession[]> {
    const seen = new Map<string, SeenSession>();
    const answers = await Promise.all(
      sides.map(async (side) => ({ side, ...(await this.api.call(sessionsList, {}, side)) })),
    );
    for (const { side, sessions } of answers)
      for (const session of sessions) {
        // With the same account on both sides, each session is listed twice, but is `current` for one side only.
        const before = seen.get(session.id);
        if (!before || session.current) seen.set(session.id, { ...session, side });
      }
    return [...seen.values()];
  }

  /** The transfers of an account that have not ended. */
  private async openTransfers(email: string): Promise<readonly Transfer[]> {
    const load = (cursor: string | undefined) =>
      this.api
        .request(listTransfers, { limit: PAGE, cursor }, 'both')
        .pipe(map(({ transfers, nextCursor }) => ({ items: transfers, next: nextCursor })));
    const pages = await lastValueFrom(followPages(load, (_, index) => index + 1 < MAX_PAGES).pipe(toArray()));
    return pages.flatMap(({ items }) => items).filter((transfer) => uses(transfer, email) && !isFinished(transfer));
  }

  /** Loads the transfers again: they may have changed since the page was loaded. */
  private async whatStops(email: string): Promise<Pick<Question, 'paragraphs' | 'list'>> {
    const t = this.t().withdraw.ask;
    try {
      const open = await this.openTransfers(email);
      if (open.length === 0) return { paragraphs: [t.ends, t.none] };
      const list = open
        .slice(0, MAX_NAMED)
        .map(({ selection, source, destination }) =>
          t.transfer(formatNames(selection.names, selection.count), source.email, destination.email),
        );
      if (open.length > MAX_NAMED) list.push(t.more(open.length - MAX_NAMED));
      return { paragraphs: [t.ends, t.stops], list };
    } catch {
      return { paragraphs: [t.ends, t.notKnown] };
    }
  }

  /** With the same account on both sides, `logoutOthers` for one side would end the session of the other. */
  private async endEach(others: readonly SeenSession[]): Promise<number> {
    if (this.accounts().length === this.connected().length) {
      const ended = await Promise.all(this.accounts().map(({ side }) => this.api.call(sessionsLogOutOthers, {}, side)));
      return ended.reduce((sum, each) => sum + each.ended, 0);
    }
    for (const session of others) await this.endUnlessGone(session);
    return others.length;
  }

  private async endUnlessGone({ id, side }: SeenSession): Promise<void> {
    try {
      await this.api.call(sessionsEnd, { id }, side);
    } catch (error) {
      if (toProblem(error).status !== 404) throw error;
    }
  }
}

const uses = ({ source, destination }: Transfer, email: string): boolean =>
  source.email === email || destination.email === email;
