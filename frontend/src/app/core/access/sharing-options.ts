import { Component, inject, input, output } from '@angular/core';
import { FieldTree, FormField } from '@angular/forms/signals';
import { MatCheckbox } from '@angular/material/checkbox';
import { Texts } from '../../texts/texts';
import { SelectField } from '../../ui/select-field';
import { Problem } from '../problem';
import { ProblemNote } from '../problem-note';
import { PeopleMap } from './people-map';
import { PeopleMapEditor } from './people-map-editor';
import { SharingFields } from './sharing-fields';

/** How access is carried over: who becomes whom, who is left out, and whether Google may send e-mails. */
@Component({
  selector: 'cm-sharing-options',
  imports: [FormField, MatCheckbox, PeopleMapEditor, ProblemNote, SelectField],
  template: `
    @if (problem(); as problem) {
      <cm-problem-note class="problem" [heading]="t().map.failed" [problem]="problem" (remedy)="reload.emit()" />
    } @else {
      <cm-people-map-editor [map]="people()" />
    }
    <div class="settings">
      <cm-select-field
        [label]="t().settings.unmapped"
        [field]="form().unmapped"
        [choices]="t().settings.unmappedChoices"
      />
      <cm-select-field
        [label]="t().settings.outsiders"
        [field]="form().outsiders"
        [choices]="t().settings.outsidersChoices"
      />
      <cm-select-field [label]="t().settings.links" [field]="form().links" [choices]="t().settings.linksChoices" />
      <cm-select-field [label]="t().settings.owner" [field]="form().owner" [choices]="t().settings.ownerChoices" />
      <mat-checkbox [formField]="form().notify">
        {{ t().settings.notify }} <span class="muted">{{ t().settings.notifyHint }}</span>
      </mat-checkbox>
    </div>
  `,
  styles: `
    :host,
    cm-people-map-editor {
      display: block;
    }
    .problem {
      margin: 12px 16px;
    }
    .settings {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(180px, 100%), 1fr));
      gap: 12px 16px;
      padding: 14px 16px;
      border-top: 1px solid var(--line);
    }
    mat-checkbox {
      grid-column: 1 / -1;
      margin-left: -10px;
    }
  `,
})
export class SharingOptions {
  protected readonly t = inject(Texts).access;

  readonly form = input.required<FieldTree<SharingFields>>();
  readonly people = input.required<PeopleMap>();
  /** Why the people map could not be loaded. */
  readonly problem = input<Problem>();
  /** Load the people map again. */
  readonly reload = output();
}
