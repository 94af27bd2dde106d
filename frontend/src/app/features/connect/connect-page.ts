import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { SessionStore } from '../../core/sessions';
import { SIDES } from '../../core/side';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { Steps } from '../../ui/steps';
import { AccountCard } from './account-card';

/** Both accounts: who is connected, for how long, and what CloudMover does with the access. */
@Component({
  selector: 'cm-connect-page',
  imports: [AccountCard, Icon, MatButton, Note, RouterLink, Steps],
  templateUrl: './connect-page.html',
  styleUrl: './connect-page.scss',
})
export class ConnectPage {
  protected readonly sessions = inject(SessionStore);
  protected readonly t = inject(Texts).connect;
  protected readonly sides = SIDES;

  /** Every sign-in there was has ended, so nothing can be shown until one is renewed. */
  protected readonly allEnded = computed(() => {
    const states = SIDES.map((side) => this.sessions.status(side).state);
    return states.includes('ended') && states.every((state) => state === 'ended' || state === 'absent');
  });
  protected readonly sameAccount = computed(() => {
    const [source, destination] = SIDES.map((side) => this.sessions.status(side));
    if (source?.state !== 'connected' || destination?.state !== 'connected') return undefined;
    return source.account.email === destination.account.email ? source.account.email : undefined;
  });
}
