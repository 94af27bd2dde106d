import { computed, inject, Signal } from '@angular/core';
import { transfersResume as resumeTransfer } from '../../api/functions';
import { Preflight } from '../../api/models/preflight';
import { ApiClient } from '../../core/api-client';
import { blockedReason } from '../../core/blocked-reason';
import { Consents } from '../../core/consents';
import { SessionStore } from '../../core/sessions';
import { Side, SIDES } from '../../core/side';
import { SignIn } from '../../core/sign-in';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';

/** The accounts of a count, compared with those that are signed in here, and their sign-ins. Needs an injection context. */
export class ReviewAccounts {
  private readonly api = inject(ApiClient);
  private readonly toasts = inject(Toasts);
  private readonly sessions = inject(SessionStore);
  private readonly signIn = inject(SignIn);
  private readonly consents = inject(Consents);
  private readonly sidesBlock = blockedReason();
  private readonly t = inject(Texts).review;

  /** The source was connected read-only, so its originals cannot be moved to the trash. */
  readonly copyOnly = computed(() => this.sessions.isReadOnly('source'));
  /** The sides on which another account than the count's is connected. The API refuses both start and recount to it. */
  private readonly others = computed(() => {
    const preflight = this.preflight();
    return SIDES.filter((side) => {
      const status = this.sessions.status(side);
      return preflight && status.state === 'connected' && status.account.email !== preflight[side].email;
    });
  });
  /** Why neither a start nor a recount is possible: a side is not connected, or with another account. Empty if both are. */
  readonly block = computed(() => {
    const [side] = this.others();
    return this.sidesBlock() || (side ? this.needed(side) : '');
  });
  /** Sides whose sign-in has ended, or on which another account is connected. */
  readonly lost = computed(() =>
    SIDES.flatMap((side) => {
      if (this.others().includes(side)) return { side, heading: this.needed(side) };
      const isEnded = this.sessions.status(side).state === 'ended';
      return isEnded ? { side, heading: this.t().lost.heading[side] } : [];
    }),
  );

  /**
   * @param id the count's
   * @param reload loads the count again
   */
  constructor(
    private readonly id: Signal<string>,
    private readonly preflight: Signal<Preflight | undefined>,
    private readonly reload: () => void,
  ) {}

  connect(side: Side): void {
    this.signIn.start(side, { account: this.preflight()?.[side].email ?? this.sessions.account(side)?.email });
  }

  /** Asks Google for full access, so that originals can be moved. */
  allowMoving(): void {
    this.signIn.start('source', { account: this.sessions.account('source')?.email, access: 'full' });
  }

  /** Whether the account that the count waits for has since signed in here. */
  isConnected({ account, since }: NonNullable<Preflight['parked']>): boolean {
    return this.consents.isConnected(account, Date.parse(since));
  }

  /** Resumes a count that waits for its account: at once, or after the person has signed in at Google. */
  async resume(parked: NonNullable<Preflight['parked']>): Promise<void> {
    const { side, account } = parked;
    if (!this.isConnected(parked)) return this.signIn.start(side, { account, resumes: { id: this.id(), account } });
    await this.api.call(resumeTransfer, { id: this.id() }, 'both').then(
      () => this.reload(),
      (error: unknown) => this.toasts.failed(error),
    );
  }

  private needed(side: Side): string {
    return this.t().blockedReason.otherAccount[side](this.preflight()?.[side].email ?? '');
  }
}
