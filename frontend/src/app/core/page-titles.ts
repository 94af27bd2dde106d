import { effect, inject, Service, signal } from '@angular/core';
import { Title } from '@angular/platform-browser';
import { RouterStateSnapshot, TitleStrategy } from '@angular/router';
import { Texts } from '../texts/texts';

const PRODUCT = 'CloudMover';

/**
 * "Transfers · CloudMover". A route's `title` is a key of the shell's page names, so that it follows the language; pages
 * with something more current (a running transfer) put it first.
 */
@Service()
export class PageTitles extends TitleStrategy {
  private readonly title = inject(Title);
  private readonly names = inject(Texts).shell;
  /** The key of the page whose plain name is shown; undefined while a page has set a title of its own. */
  private readonly page = signal<string | undefined>(undefined);
  private path?: string;

  constructor() {
    super();
    effect(() => {
      const page = this.page();
      const pages: Record<string, string> = this.names().pages;
      if (page !== undefined) this.write(pages[page] ?? page);
    });
  }

  override updateTitle(snapshot: RouterStateSnapshot): void {
    // A filter or a tab is the same page: its own title stays.
    const path = snapshot.url.split(/[?#]/)[0];
    if (path === this.path) return;
    this.path = path;
    this.page.set(this.buildTitle(snapshot) ?? '');
  }

  /** @param parts of the title, the part that changes most first */
  set(...parts: (string | undefined)[]): void {
    this.page.set(undefined);
    this.write(...parts);
  }

  private write(...parts: (string | undefined)[]): void {
    this.title.setTitle([...parts.filter(Boolean), PRODUCT].join(' · '));
  }
}
