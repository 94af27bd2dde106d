import { Component, inject, input } from '@angular/core';
import { FieldTree, FormField } from '@angular/forms/signals';
import { MatCheckbox } from '@angular/material/checkbox';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';

/** Chooses where the copies will be: in the current folder of the destination, or in a new folder in it. */
@Component({
  selector: 'cm-target-folder',
  imports: [FormField, Icon, MatCheckbox],
  template: `
    <fieldset>
      <legend class="strong"><cm-icon name="folder" class="small" />{{ t().landing.label(folder()) }}</legend>
      <div class="row-of">
        <mat-checkbox [formField]="form().wanted">{{ t().landing.inNewFolder }}</mat-checkbox>
        <div class="field">
          <input [formField]="form().name" [attr.aria-label]="t().landing.name" />
        </div>
      </div>
    </fieldset>
  `,
  styles: `
    fieldset {
      min-width: 0;
      margin: 12px;
      padding: 12px 14px;
      border: 1px solid var(--primary);
      border-radius: var(--radius);
      background: var(--primary-tint);
    }
    legend {
      display: flex;
      float: left; /* moves the legend from the border into the box */
      align-items: center;
      gap: 8px;
      width: 100%;
      padding: 0;
      overflow-wrap: anywhere;
    }
    .row-of {
      clear: both;
    }
    mat-checkbox {
      margin-left: -10px;
    }
    .field {
      flex: 1 1 170px;
      height: 32px;
    }
    input:disabled {
      color: var(--muted);
    }
    @media (max-width: 719px) {
      .field {
        height: 44px;
      }
      mat-checkbox {
        margin-left: -13px;
      }
    }
  `,
})
export class TargetFolder {
  protected readonly t = inject(Texts).browse;

  /** The name of the current folder. */
  readonly folder = input.required<string>();
  readonly form = input.required<FieldTree<{ wanted: boolean; name: string }>>();
}
