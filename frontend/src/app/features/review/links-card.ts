import { Component, computed, inject, input } from '@angular/core';
import { FormField } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { MatButtonToggleModule } from '@angular/material/button-toggle';
import { LinkEstimate } from '../../api/models/link-estimate';
import { Preflight } from '../../api/models/preflight';
import { ApiOffNote } from '../../core/links/api-off-note';
import { DOCUMENT_ICONS } from '../../core/links/document-icons';
import { formatCount } from '../../core/formats';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { ReviewSection } from './review-section';
import { ReviewStore } from './review-store';

/** What happens to links in the copied documents: the choice, and about how many there are, by kind of document. */
@Component({
  selector: 'cm-links-card',
  imports: [ApiOffNote, FormField, Icon, MatButton, MatButtonToggleModule, ReviewSection],
  templateUrl: './links-card.html',
  styleUrl: './links-card.scss',
})
export class LinksCard {
  protected readonly t = inject(Texts).links;

  readonly store = input.required<ReviewStore>();
  readonly preflight = input.required<Preflight>();

  protected readonly count = formatCount;
  protected readonly icons = DOCUMENT_ICONS;
  protected readonly mode = computed(() => this.store().options.form.links().value());
  /** The count has an estimate: both modes have the same one. */
  protected readonly isEstimated = computed(() => this.preflight().links.mode !== 'leave');
  protected readonly result = computed(() => {
    const { choices, uncounted, result, counted, none } = this.t();
    const mode = this.mode();
    if (mode === 'leave') return choices.leave;
    if (!this.isEstimated()) return uncounted;
    const { byKind } = this.preflight().links;
    return byKind.length > 0 ? result[mode](counted(byKind.reduce((sum, { estimate }) => sum + estimate, 0))) : none;
  });

  /** The estimate of a kind; nothing is known if none of its documents could be read. */
  protected estimateOf({ estimate, sampled }: LinkEstimate): string {
    return sampled > 0 ? formatCount(estimate) : this.t().unknown;
  }
}
