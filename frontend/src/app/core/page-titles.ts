import { inject, Service } from '@angular/core';
import { Title } from '@angular/platform-browser';
import { RouterStateSnapshot, TitleStrategy } from '@angular/router';

const PRODUCT = 'CloudMover';

/** "Transfers · CloudMover". Pages with news of their own (a running transfer) put it first. */
@Service()
export class PageTitles extends TitleStrategy {
  private readonly title = inject(Title);

  override updateTitle(snapshot: RouterStateSnapshot): void {
    this.set(this.buildTitle(snapshot));
  }

  /** @param parts what the page is about, the most changing first */
  set(...parts: (string | undefined)[]): void {
    this.title.setTitle([...parts.filter(Boolean), PRODUCT].join(' · '));
  }
}
