import { NgTemplateOutlet } from '@angular/common';
import { Component, computed, contentChild, input, TemplateRef } from '@angular/core';
import { Icon } from '../../ui/icon';
import { ReviewSections, Section } from './review-sections';

/**
 * A section of the review. Closed, it is one line with its result. Its content is an `ng-template`; what has
 * `sectionEnd` is at the end of the line, open or closed.
 */
@Component({
  selector: 'cm-review-section',
  imports: [Icon, NgTemplateOutlet],
  template: `
    <section class="card" [attr.aria-labelledby]="name()">
      <div class="head">
        <h2 [id]="name()">
          <button
            type="button"
            [attr.aria-expanded]="open()"
            [attr.aria-controls]="name() + '-content'"
            [attr.aria-describedby]="open() ? null : name() + '-result'"
            (click)="sections().toggle(name())"
          >
            <cm-icon name="chevron" class="small" /> {{ heading() }}
          </button>
        </h2>
        @if (!open()) {
          <p class="small muted" [id]="name() + '-result'">{{ result() }}</p>
        }
        <div class="end"><ng-content select="[sectionEnd]" /></div>
      </div>
      <div class="content" [id]="name() + '-content'" [hidden]="!open()">
        @if (open()) {
          <ng-container [ngTemplateOutlet]="content()" />
        }
      </div>
    </section>
  `,
  styles: `
    section {
      scroll-margin-top: 64px; // below the header of the page
    }
    .head {
      position: relative;
    }
    [hidden] {
      display: none;
    }
    .head:has(+ [hidden]) {
      border-bottom: 0;
    }
    button {
      display: flex;
      align-items: center;
      gap: 10px;
      padding: 0;
      border: 0;
      background: none;
      color: inherit;
      font: inherit;
      text-align: left;
      cursor: pointer;

      // The whole line can be clicked.
      &::after {
        position: absolute;
        inset: 0;
        content: '';
      }
    }
    cm-icon {
      color: var(--muted);
    }
    [aria-expanded='true'] cm-icon {
      transform: rotate(90deg);
    }
    @media (prefers-reduced-motion: no-preference) {
      cm-icon {
        transition: transform 120ms;
      }
    }
    p {
      flex: 1 1 200px;
      overflow-wrap: anywhere;
    }
    .end {
      position: relative;
    }
    @media (max-width: 719px) {
      .head {
        min-height: 56px;
      }
      h2 {
        flex: 1 1 200px;
      }
      p {
        flex-basis: 100%;
        order: 1;
        padding-left: 26px;
      }
    }
  `,
})
export class ReviewSection {
  readonly sections = input.required<ReviewSections>();
  readonly name = input.required<Section>();
  readonly heading = input.required<string>();
  /** In one line. */
  readonly result = input.required<string>();

  protected readonly content = contentChild.required(TemplateRef);
  protected readonly open = computed(() => this.sections().isOpen(this.name()));
}
