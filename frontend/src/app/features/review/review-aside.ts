import { Component, computed, inject, input } from '@angular/core';
import { FormField } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatButtonToggleModule } from '@angular/material/button-toggle';
import { RouterLink } from '@angular/router';
import { formatQuotaUnits } from '../../core/formats';
import { NotifyChoice } from '../../core/notify-choice';
import { Viewport } from '../../core/viewport';
import { Texts } from '../../texts/texts';
import { Avatar } from '../../ui/avatar';
import { BottomBar } from '../../ui/bottom-bar';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { SelectField } from '../../ui/select-field';
import { estimateLabel, isStale, movableOf } from './forecast';
import { Preflight } from '../../api/models/preflight';
import { ReviewStore } from './review-store';

/** The estimate, the options, and one button: start, or recount with other options. */
@Component({
  selector: 'cm-review-aside',
  imports: [
    Avatar,
    BottomBar,
    FormField,
    Icon,
    MatButton,
    MatButtonToggleModule,
    Note,
    NotifyChoice,
    RouterLink,
    SelectField,
  ],
  host: { role: 'complementary', class: 'stack', '[attr.aria-label]': 't().label' },
  templateUrl: './review-aside.html',
  styleUrl: './review-aside.scss',
})
export class ReviewAside {
  private readonly texts = inject(Texts).review;
  private readonly linkTexts = inject(Texts).links;
  protected readonly isStale = isStale;
  protected readonly movableOf = movableOf;
  protected readonly t = computed(() => this.texts().aside);
  protected readonly back = computed(() => this.texts().back);
  protected readonly phone = inject(Viewport).phone;

  readonly store = input.required<ReviewStore>();
  readonly preflight = input.required<Preflight>();

  protected readonly accounts = computed(() => {
    const { source, destination } = this.preflight();
    return { source: source.email, destination: destination.email };
  });
  protected readonly estimate = computed(() => estimateLabel(this.preflight().estimate));
  protected readonly hours = computed(() => {
    const { hours } = this.preflight().schedule ?? {};
    return hours ? this.t().hours.span(hours.from, hours.to) : this.t().hours.any;
  });
  protected readonly links = computed(() => this.linkTexts().mode[this.preflight().links.mode]);
  protected readonly units = computed(() => {
    const units = this.preflight().estimate?.units;
    return units === undefined ? undefined : formatQuotaUnits(units);
  });
  /** What the button starts. On a phone it is fixed, and its description is three screens away. */
  protected readonly starts = computed(() => {
    const { move, copy } = this.t().starts;
    return (this.store().options.form.mode().value() === 'move' ? move : copy)(this.store().targetPath());
  });
}
