import { Component } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { EmptyState } from './ui/empty-state';

/** An address that leads nowhere. */
@Component({
  selector: 'cm-not-found-page',
  imports: [EmptyState, MatButton, RouterLink],
  template: `
    <div class="page narrow">
      <h1 tabindex="-1">Not found</h1>
      <cm-empty-state icon="search" heading="There is no page at this address">
        The link may be old or mistyped.
        <a emptyAction matButton="filled" routerLink="/connect">Go to the accounts</a>
      </cm-empty-state>
    </div>
  `,
})
export class NotFoundPage {}
