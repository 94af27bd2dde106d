import { Component, computed, inject } from '@angular/core';
import { RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { OperatorKey } from '../../core/operator-key';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { KeyForm } from '../../core/operator-key-form';
import { SETTINGS_PAGES } from './settings-pages';

/** The operator's settings: their navigation, and one of the pages. */
@Component({
  selector: 'cm-settings-page',
  imports: [Icon, KeyForm, RouterLink, RouterLinkActive, RouterOutlet],
  template: `
    @if (operator.value()) {
      <div class="page settings">
        <nav [attr.aria-label]="t().heading" data-scrolls>
          @for (page of pages; track page.path) {
            <a [routerLink]="'/settings/' + page.path" routerLinkActive="active" ariaCurrentWhenActive="page">
              <cm-icon [name]="page.icon" />{{ t().pages[page.name] }}
            </a>
          }
        </nav>
        <div><router-outlet /></div>
      </div>
    } @else {
      <div class="page narrow">
        <div class="page-head">
          <h1 tabindex="-1">{{ t().heading }}</h1>
        </div>
        <cm-key-form />
      </div>
    }
  `,
  styles: `
    .settings {
      display: grid;
      grid-template-columns: 200px minmax(0, 1fr);
      align-items: start;
      gap: 28px;
    }
    nav {
      position: sticky;
      top: 84px;
      display: grid;
      gap: 2px;
    }
    nav a {
      display: flex;
      align-items: center;
      gap: 10px;
      min-height: 36px;
      padding: 0 12px;
      border: 1px solid transparent;
      border-radius: var(--radius);
      color: var(--muted);
      font-weight: 500;
      text-decoration: none;
    }
    nav a:hover {
      background: var(--surface);
      color: var(--ink);
    }
    nav .active {
      border-color: var(--line);
      background: var(--surface);
      color: var(--ink);
      font-weight: 600;
    }
    nav .active cm-icon {
      color: var(--primary);
    }
    @media (forced-colors: active) {
      nav .active {
        border-color: Highlight;
      }
    }
    @media (max-width: 1023px) {
      .settings {
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
      }
      nav {
        position: static;
        display: flex;
        margin: 0 calc(-1 * var(--pad));
        padding: 2px var(--pad);
        overflow-x: auto;
        scrollbar-width: none;
      }
      nav a {
        flex: none;
      }
    }
    @media (max-width: 719px) {
      nav a {
        min-height: 44px;
      }
    }
  `,
})
export default class SettingsPage {
  protected readonly operator = inject(OperatorKey);
  private readonly texts = inject(Texts);
  protected readonly t = computed(() => this.texts.settings());
  protected readonly pages = SETTINGS_PAGES;
}
