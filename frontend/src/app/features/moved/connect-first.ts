import { Component, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Connection } from '../../core/connection';
import { SIDES } from '../../core/side';
import { SignIn } from '../../core/sign-in';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';
import { movedTexts } from './moved-texts';

/** Offers to connect an account, and then to return to this page. The projected text says why. */
@Component({
  selector: 'cm-connect-first',
  imports: [EmptyState, MatButton],
  host: { class: 'card' },
  template: `
    <cm-empty-state icon="key" [heading]="heading()">
      <ng-content />
      <span emptyAction class="row-of">
        @for (side of sides; track side) {
          <button matButton="outlined" type="button" [disabled]="offline()" (click)="signIn.start(side)">
            {{ t().connect[side] }}
          </button>
        }
        <ng-content select="[more]" />
      </span>
    </cm-empty-state>
  `,
})
export class ConnectFirst {
  protected readonly signIn = inject(SignIn);
  protected readonly offline = inject(Connection).offline;
  protected readonly t = movedTexts(inject(Texts));
  protected readonly sides = SIDES;

  readonly heading = input.required<string>();
}
