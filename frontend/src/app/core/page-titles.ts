import { effect, inject, Service, signal } from '@angular/core';
import { Title } from '@angular/platform-browser';
import { RouterStateSnapshot, TitleStrategy } from '@angular/router';
import { Texts } from '../texts/texts';

const PRODUCT = 'CloudMover';

/**
 * Sets titles such as "Transfers · CloudMover". A route's `title` is a key of the shell's page names, so it follows the
 * language. A page may set its own title, such as the progress of a transfer.
 */
@Service()
export class PageTitles extends TitleStrategy {
  private readonly title = inject(Title);
  private readonly names = inject(Texts).shell;
  /** The key of the current page's name; undefined while the page has set its own title. */
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
    // Another filter or tab of the same page: its own title stays.
    const path = snapshot.url.split(/[?#]/)[0];
    if (path === this.path) return;
    this.path = path;
    this.page.set(this.buildTitle(snapshot) ?? '');
  }

  /** Sets the page's own title. @param parts the part that changes most often first */
  set(...parts: (string | undefined)[]): void {
    this.page.set(undefined);
    this.write(...parts);
  }

  private write(...parts: (string | undefined)[]): void {
    this.title.setTitle([...parts.filter(Boolean), PRODUCT].join(' · '));
  }
}
