import { Component, computed, inject, linkedSignal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { Connection } from '../../core/connection';
import { Installation } from '../../core/installation';
import { renderInStages } from '../../core/next-task';
import { SessionStore } from '../../core/sessions';
import { SIDES } from '../../core/side';
import { SignIn } from '../../core/sign-in';
import { Viewport } from '../../core/viewport';
import { Texts } from '../../texts/texts';
import { BottomBar } from '../../ui/bottom-bar';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { Steps } from '../../ui/steps';
import { AccountCard } from './account-card';

/** The page of both accounts: their status, and what CloudMover does with the access. */
@Component({
  selector: 'cm-connect-page',
  imports: [AccountCard, BottomBar, Icon, MatButton, Note, RouterLink, Steps],
  templateUrl: './connect-page.html',
  styleUrl: './connect-page.scss',
})
export default class ConnectPage {
  private readonly signIn = inject(SignIn);
  protected readonly offline = inject(Connection).offline;
  private readonly installation = inject(Installation);
  protected readonly sessions = inject(SessionStore);
  protected readonly t = inject(Texts).connect;
  protected readonly phone = inject(Viewport).phone;
  protected readonly sides = SIDES;
  /** Renders the heading first, then the accounts, then the explanation. */
  protected readonly stage = renderInStages(2);

  /** The current step: with both accounts connected, it is to choose files. */
  protected readonly step = computed(() => (this.sessions.bothConnected() ? 'Choose' : 'Connect'));
  /** Whether every sign-in has ended, so that nothing can be shown. */
  protected readonly allEnded = computed(() => {
    const states = SIDES.map((side) => this.sessions.status(side).state);
    return states.includes('ended') && states.every((state) => state === 'ended' || state === 'absent');
  });
  /** True once both accounts and the installation have been checked: the page depends on them. */
  protected readonly settled = linkedSignal<boolean, boolean>({
    source: () =>
      this.installation.isResolved() && SIDES.every((side) => this.sessions.status(side).state !== 'checking'),
    computation: (settled, before) => settled || before?.value === true,
  });
  /** A link to the destination's Drive in the sandbox, or to the whole sandbox before a destination is connected. */
  protected readonly sandbox = computed(() => {
    const url = this.installation.sandboxUrl();
    if (!url) return undefined;
    const destination = this.sessions.account('destination');
    const { see, seeAll } = this.t().sandbox;
    return destination
      ? { url: this.installation.driveAddress(destination.email), text: see(destination.name || destination.email) }
      : { url, text: seeAll };
  });
  protected readonly sameAccount = computed(() => {
    const [source, destination] = SIDES.map((side) => this.sessions.status(side));
    if (source?.state !== 'connected' || destination?.state !== 'connected') return undefined;
    return source.account.email === destination.account.email ? source.account.email : undefined;
  });

  protected useAnotherDestination(): void {
    this.signIn.start('destination', { returnTo: '/connect' });
  }
}
