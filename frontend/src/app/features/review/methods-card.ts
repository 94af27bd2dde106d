import { Component, computed, inject, input } from '@angular/core';
import { FormField } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { formatBytes, formatCount } from '../../core/formats';
import { Texts } from '../../texts/texts';
import { StackedBar } from '../../ui/charts/stacked-bar';
import { Icon, IconName } from '../../ui/icon';
import { Segment } from '../../ui/sum';
import { forecastOf, problemCount, reasonLabel, LEFT_OUT } from './forecast';
import { Preflight } from '../../api/models/preflight';
import { ReviewSection } from './review-section';
import { ReviewStore } from './review-store';

/** A method and what it copies. `bytes` is undefined where no content is copied. */
interface CopyMethod {
  readonly key: 'serverCopy' | 'relay' | 'created' | 'converted' | 'none';
  readonly icon: IconName;
  readonly segment: Segment;
  readonly items: number;
  readonly bytes?: number;
  readonly name: string;
  /** With the number of items before it. */
  readonly short: string;
  readonly meaning: string;
}

/** How items will be copied: a bar and a table, with the consent to conversion. */
@Component({
  selector: 'cm-methods-card',
  imports: [FormField, Icon, MatButton, MatCheckbox, ReviewSection, StackedBar],
  templateUrl: './methods-card.html',
  styleUrls: ['./methods-card.scss', '../../ui/segments.scss'],
})
export class MethodsCard {
  protected readonly t = inject(Texts).review;

  readonly store = input.required<ReviewStore>();
  readonly preflight = input.required<Preflight>();

  protected readonly count = formatCount;
  protected readonly size = formatBytes;
  protected readonly problemCount = computed(() => problemCount(this.preflight()));
  protected readonly methods = computed(() => {
    const { options, counts } = this.preflight();
    const { ways, convertible } = counts;
    const t = this.t().methods;
    const none = { ...t.none, meaning: `${this.whyNot()}.` };
    const converted = { ...t.converted, ...(!options.allowConversion && { short: t.converted.undecided }) };
    const all: CopyMethod[] = [
      { key: 'serverCopy', icon: 'bolt', segment: 'verified', ...ways.serverCopy, ...t.serverCopy },
      { key: 'relay', icon: 'relay', segment: 'checking', ...ways.relay, ...t.relay },
      { key: 'created', icon: 'folder', segment: 'copying', items: ways.created.items, ...t.created },
      { key: 'converted', icon: 'convert', segment: 'unverified', ...convertible, ...converted },
      { key: 'none', icon: 'ban', segment: 'skipped', items: forecastOf(this.preflight()).impossible, ...none },
    ];
    return all.filter(({ items }) => items > 0);
  });
  protected readonly parts = computed(() => this.methods().map(({ segment, items }) => ({ segment, count: items })));
  /** The bar as text: "90 inside Google, 10 re-created". */
  protected readonly result = computed(() =>
    this.methods()
      .map(({ items, short }) => `${formatCount(items)} ${short}`)
      .join(', '),
  );
  protected readonly conflictLabel = computed(() => {
    const { replaced, merged } = this.preflight().conflicts;
    const t = this.t().methods;
    return [replaced > 0 && t.replaced(replaced), merged > 0 && t.merged(merged)].filter(Boolean).join(' ');
  });

  /** Why items can't be copied, with counts: "17 that can’t be downloaded, 4 too deep". */
  private readonly whyNot = computed(() => {
    const { problems, counts } = this.preflight();
    const byConversion = ['conversion_needed', 'lossy'];
    return problems
      .filter(({ code }) => !LEFT_OUT.includes(code) && !(counts.convertible.items > 0 && byConversion.includes(code)))
      .map(({ code, count, title, advice }) => reasonLabel(code, { title, advice }).short(count))
      .join(', ');
  });
}
