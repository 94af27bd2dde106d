import { Component, computed, inject, input } from '@angular/core';
import { FormField } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatButtonToggleModule } from '@angular/material/button-toggle';
import { MatCheckbox } from '@angular/material/checkbox';
import { AccessWarningDto } from '../../api/models/access-warning-dto';
import { AccessList } from '../../core/access-list';
import { ProblemNote } from '../../core/problem-note';
import { formatCount } from '../../core/formats';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { SelectField } from '../../ui/select-field';
import { Sum, SumTerm } from '../../ui/sum';
import { PeopleMapEditor } from './people-map-editor';
import { Preflight } from './preflight-feed';
import { ReviewStore } from './review-store';

/** Unused lines that a note names; the rest is counted. */
const LINES_NAMED = 3;

/** Who can open the copies: the choice to carry sharing over, the people map, and what changes for whom. */
@Component({
  selector: 'cm-access-card',
  imports: [
    AccessList,
    FormField,
    Icon,
    MatButton,
    MatButtonToggleModule,
    MatCheckbox,
    Note,
    PeopleMapEditor,
    ProblemNote,
    SelectField,
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
  protected readonly carries = computed(() => this.form().mode().value() === 'carry');
  /** The figures of the count, where it counted them. */
  protected readonly summary = computed(() => this.preflight().access);
  protected readonly totals = computed<SumTerm[]>(() => {
    const { keeps = 0, less = 0, loses = 0 } = this.summary() ?? {};
    const t = this.t().totals;
    const all = keeps + less + loses;
    return [
      { key: 'now', value: formatCount(all), label: t.now(all) },
      { key: 'keeps', segment: 'verified', value: formatCount(keeps), label: t.keeps(keeps) },
      { key: 'less', segment: 'skipped', value: formatCount(less), label: t.less(less) },
      { key: 'loses', segment: 'unverified', value: formatCount(loses), label: t.loses(loses) },
    ];
  });
  protected readonly warnings = computed(() => {
    const { warnings = [], warningCount = 0 } = this.summary() ?? {};
    const t = this.t();
    const unused = warnings.filter(({ code }) => code === 'unused_line');
    const others = warnings.length - unused.length;
    const named = unused
      .slice(0, LINES_NAMED)
      .map(({ from = '', line = 0 }) => t.unusedLine(from, line))
      .join(', ');
    const more = warningCount - others - Math.min(unused.length, LINES_NAMED);
    return [
      ...warnings.filter(isUnreadable).map(({ items = 0 }) => t.unreadable(items)),
      ...(unused.length > 0 ? [more > 0 ? t.unusedMore(named, more) : t.unused(named)] : []),
    ];
  });
}

const isUnreadable = ({ code }: AccessWarningDto): boolean => code === 'unreadable';
