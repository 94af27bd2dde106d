import { Component, computed, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { TransferLinks } from '../../../api/models/transfer-links';
import { Texts } from '../../../texts/texts';
import { Icon } from '../../../ui/icon';

/** Beside the links of a transfer that has ended: what to do about addresses outside Drive, and what proves the new ones. */
@Component({
  selector: 'cm-links-aside',
  imports: [Icon, MatButton, RouterLink],
  template: `
    <section class="card" aria-labelledby="elsewhere">
      <div class="head">
        <h2 id="elsewhere">{{ t().elsewhere.heading }}</h2>
      </div>
      <div class="body">
        <p class="muted">{{ t().elsewhere.text }}</p>
        <a matButton="outlined" routerLink="/moved">{{ t().elsewhere.act }}</a>
      </div>
    </section>
    @if (proof(); as sentences) {
      <section class="card" aria-labelledby="proof">
        <div class="head">
          <cm-icon name="shield" class="good" />
          <h2 id="proof">{{ t().proof.heading }}</h2>
        </div>
        <p class="body small muted">{{ sentences }}</p>
      </section>
    }
  `,
  host: { class: 'stack', role: 'complementary', '[attr.aria-label]': 't().about' },
  styles: `
    .body {
      display: grid;
      justify-items: start;
      gap: 12px;
    }
  `,
})
export class LinksAside {
  private readonly texts = inject(Texts).links;
  protected readonly t = computed(() => this.texts().transfer);

  readonly links = input.required<TransferLinks>();

  protected readonly proof = computed(() => {
    const { mode, reasons } = this.links();
    if (mode === 'leave') return '';
    const { proof } = this.t();
    const edited = reasons.find(({ code }) => code === 'edited_since')?.count ?? 0;
    return [proof[mode], edited > 0 ? proof.edited(edited) : ''].filter(Boolean).join(' ');
  });
}
