import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { Texts } from './texts/texts';
import { EmptyState } from './ui/empty-state';

/** The page for an unknown address. */
@Component({
  selector: 'cm-not-found-page',
  imports: [EmptyState, MatButton, RouterLink],
  template: `
    <div class="page narrow">
      <h1 tabindex="-1">{{ t().heading }}</h1>
      <cm-empty-state icon="search" [heading]="t().reason">
        {{ t().text }}
        <a emptyAction matButton="filled" routerLink="/connect">{{ t().back }}</a>
      </cm-empty-state>
    </div>
  `,
})
export default class NotFoundPage {
  private readonly shell = inject(Texts).shell;
  protected readonly t = computed(() => this.shell().notFound);
}
