import { Component, computed, inject, input } from '@angular/core';
import { FormField } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatButtonToggleModule } from '@angular/material/button-toggle';
import { AccessWarning } from '../../api/models/access-warning';
import { AccessList } from '../../core/access/access-list';
import { formatCount } from '../../core/formats';
import { SharingOptions } from '../../core/access/sharing-options';
import { SharingRules } from '../../core/access/sharing-rules';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { Sum, SumTerm } from '../../ui/sum';
import { Preflight } from '../../api/models/preflight';
import { ReviewSection } from './review-section';
import { ReviewStore } from './review-store';

/** Unused lines that a note names; the rest is counted. */
const LINES_NAMED = 3;
const CHANGES = [
  { key: 'keeps', segment: 'verified' },
  { key: 'less', segment: 'skipped' },
  { key: 'loses', segment: 'unverified' },
] as const;

/** Who can open the copies: the choice to carry sharing over, the people map, and what changes for whom. */
@Component({
  selector: 'cm-access-card',
  imports: [
    AccessList,
    FormField,
    Icon,
    MatButton,
    MatButtonToggleModule,
    Note,
    ReviewSection,
    SharingOptions,
    SharingRules,
    Sum,
  ],
  templateUrl: './access-card.html',
  styleUrl: './access-card.scss',
})
export class AccessCard {
  protected readonly t = inject(Texts).access;

  readonly store = input.required<ReviewStore>();
  readonly preflight = input.required<Preflight>();

  protected readonly form = computed(() => this.store().options.form.sharing);
  protected readonly carries = computed(() => this.store().options.carries());
  /** The figures of the count, where it counted them. */
  protected readonly summary = computed(() => this.preflight().access);
  /** Those who can open something now, by what changes for them. */
  private readonly changes = computed(() =>
    CHANGES.map(({ key, segment }) => {
      const count = this.summary()?.[key] ?? 0;
      return { key, segment, count, value: formatCount(count), label: this.t().totals[key](count) };
    }),
  );
  protected readonly totals = computed<SumTerm[]>(() => {
    const all = this.changes().reduce((sum, { count }) => sum + count, 0);
    return [{ key: 'now', value: formatCount(all), label: this.t().totals.now(all) }, ...this.changes()];
  });
  protected readonly result = computed(() => {
    const [summary, t] = [this.summary(), this.t()];
    if (!this.carries()) return t.off(this.preflight().destination.email);
    if (!summary || this.store().options.sharingChanged()) return summary ? t.outdated : t.uncounted;
    const changes = this.changes().filter(({ key, count }) => key === 'keeps' || count > 0);
    return t.result(
      changes.map(({ value, label }) => `${value} ${label}`),
      t.gains(summary.gains),
    );
  });
  protected readonly warnings = computed(() => {
    const { warnings = [], warningCount = 0 } = this.summary() ?? {};
    const t = this.t();
    const unused = warnings.filter(({ code }) => code === 'unused_line');
    const itemsOf = (wanted: AccessWarning['code']) =>
      warnings.filter(({ code }) => code === wanted).map(({ items = 0 }) => items);
    const others = warnings.length - unused.length;
    const named = unused
      .slice(0, LINES_NAMED)
      .map(({ from = '', line = 0 }) => t.unusedLine(from, line))
      .join(', ');
    const more = warningCount - others - Math.min(unused.length, LINES_NAMED);
    return [
      ...(warnings.some(({ code }) => code === 'target_unreadable') ? [t.targetUnreadable] : []),
      ...itemsOf('existing_unreadable').map((items) => t.existingUnreadable(items)),
      ...itemsOf('unreadable').map((items) => t.unreadable(items)),
      ...(unused.length > 0 ? [more > 0 ? t.unusedMore(named, more) : t.unused(named)] : []),
    ];
  });
}
