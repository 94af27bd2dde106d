import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { AdministratorNote } from '../../core/administrator-note';
import { explain } from '../../core/problem';
import { SessionStore } from '../../core/sessions';
import { otherSide, SIDES } from '../../core/side';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';
import { LandingStore } from './landing-store';

/** The page to which Google returns after a sign-in: progress, a question, or why nothing was connected. */
@Component({
  selector: 'cm-landing-page',
  imports: [EmptyState, MatButton, RouterLink],
  providers: [LandingStore],
  template: `
    <div class="page narrow">
      @switch (store.state().step) {
        @case ('working') {
          <h1 tabindex="-1">{{ t().connecting }}</h1>
          <p class="lead" role="status">{{ t().finishing }}</p>
        }
        @case ('unexpected') {
          <h1 tabindex="-1">{{ t().unexpected.heading(email()) }}</h1>
          <cm-empty-state icon="key" [heading]="t().unexpected.reason" role="alert">
            {{ t().unexpected.text(email(), store.side) }}
            <span emptyAction class="row-of">
              <button matButton="filled" type="button" (click)="store.decline()">{{ t().unexpected.decline }}</button>
              <button matButton="outlined" type="button" (click)="store.accept()">
                {{ t().unexpected.accept(email()) }}
              </button>
            </span>
          </cm-empty-state>
        }
        @case ('asking') {
          <h1 tabindex="-1">{{ t().which.heading }}</h1>
          <p class="lead">{{ t().which.text }}</p>
          <p class="row-of choice">
            @for (side of sides; track side) {
              <button matButton="outlined" type="button" (click)="store.exchange(side)">
                {{ t().which.use[side] }}
              </button>
            }
          </p>
        }
        @case ('interrupted') {
          <h1 tabindex="-1">{{ t().interrupted.heading }}</h1>
          <cm-empty-state icon="cloud-off" [heading]="t().interrupted.reason" role="alert">
            {{ t().interrupted.text }}
            <button emptyAction matButton="filled" type="button" (click)="store.again()">
              {{ t().interrupted.again }}
            </button>
          </cm-empty-state>
        }
        @case ('refused') {
          <h1 tabindex="-1">{{ t().refused.heading }}</h1>
          <cm-empty-state icon="key" [heading]="refusal().text" role="alert">
            @if (!refusal().known) {
              <span class="mono">{{ problem().code }}</span>
            }
            {{ otherStays() }}
            <span emptyAction class="row-of">
              @if (refusal().remedy === 'copy_note') {
                <button matButton="filled" type="button" (click)="note.copy()">{{ copyNote() }}</button>
              }
              @if (store.side; as side) {
                <button
                  [matButton]="refusal().remedy === 'copy_note' ? 'outlined' : 'filled'"
                  type="button"
                  (click)="store.connectAgain(side)"
                >
                  {{ t().refused.again[side] }}
                </button>
              }
              <a matButton="outlined" routerLink="/connect">{{ t().refused.accounts }}</a>
            </span>
          </cm-empty-state>
        }
      }
    </div>
  `,
  styles: `
    .lead {
      margin-top: 4px;
    }
    .choice {
      margin-top: 20px;
    }
  `,
})
export default class LandingPage {
  private readonly sessions = inject(SessionStore);
  private readonly texts = inject(Texts);
  protected readonly store = inject(LandingStore);
  protected readonly note = inject(AdministratorNote);
  protected readonly copyNote = computed(() => this.texts.problems().remedies.copyNote);
  protected readonly t = computed(() => this.texts.connect().landing);
  protected readonly sides = SIDES;

  protected readonly problem = computed(() => {
    const state = this.store.state();
    return state.step === 'refused' ? state.problem : { code: 'internal', title: '', status: 0 };
  });
  protected readonly refusal = computed(() => explain(this.problem(), { side: this.store.side }));
  protected readonly email = computed(() => {
    const state = this.store.state();
    return state.step === 'unexpected' ? state.email : '';
  });
  /** Says that the other account is still connected, if it is. */
  protected readonly otherStays = computed(() => {
    const other = this.store.side && otherSide(this.store.side);
    return other && this.sessions.status(other).state === 'connected' ? this.t().refused.otherStays[other] : '';
  });
}
