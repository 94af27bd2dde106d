import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { MatDialogModule } from '@angular/material/dialog';
import { RouterLink } from '@angular/router';
import { Installation } from '../../core/installation';
import { PreferenceStore } from '../../core/preferences';
import { Texts } from '../../texts/texts';

/** The keyboard shortcuts, and a checkbox that turns single keys off for people who use voice control. */
@Component({
  selector: 'cm-help-dialog',
  imports: [MatDialogModule, MatButton, MatCheckbox, RouterLink],
  template: `
    <h2 matDialogTitle>{{ t().heading }}</h2>
    <mat-dialog-content>
      @for (group of t().groups; track group.name) {
        <h3>{{ group.name }}</h3>
        <dl>
          @for (row of group.keys; track row.does) {
            <div>
              <dt>{{ row.does }}</dt>
              <dd>
                @for (key of row.keys; track $index) {
                  <kbd>{{ key }}</kbd>
                }
              </dd>
            </div>
          }
        </dl>
      }
      <mat-checkbox [checked]="!off()" (change)="turnOff(!$event.checked)">{{ t().singleKeys }}</mat-checkbox>
      <p class="small muted">{{ t().singleKeysWhy }}</p>
      @if (installation.apiDocs()) {
        <p class="small">
          <a href="/docs" target="_blank" rel="noopener">{{ t().api }}</a>
        </p>
      }
      <p class="small">
        <a routerLink="/moved" matDialogClose>{{ t().moved }}</a>
      </p>
      <p class="small">
        <a routerLink="/settings" matDialogClose>{{ t().operator }}</a>
      </p>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button matButton="filled" type="button" matDialogClose cdkFocusInitial>{{ t().close }}</button>
    </mat-dialog-actions>
  `,
  styles: `
    h3 {
      margin: 12px 0 2px;
      color: var(--ink);
    }
    dl {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(220px, 1fr));
      gap: 0 24px;
      color: var(--ink);
      font-size: 13px;
    }
    dl > div {
      display: flex;
      justify-content: space-between;
      align-items: center;
      gap: 12px;
      min-height: 30px;
      border-bottom: 1px solid var(--line);
    }
    dd {
      display: flex;
      gap: 4px;
      white-space: nowrap;
    }
    mat-checkbox {
      display: block;
      margin: 12px 0 0 -10px;
    }
    p + p {
      margin-top: 12px;
    }
  `,
})
export class HelpDialog {
  protected readonly installation = inject(Installation);
  private readonly preferences = inject(PreferenceStore);
  private readonly shell = inject(Texts).shell;
  protected readonly t = computed(() => this.shell().help);
  protected readonly off = this.preferences.shortcutsOff;

  protected turnOff(off: boolean): void {
    this.preferences.choose('shortcutsOff', off);
  }
}
