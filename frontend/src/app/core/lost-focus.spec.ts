import { Component, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { render, screen } from '@testing-library/angular';
import { keepFocus } from './lost-focus';

const rows = signal(['a', 'b']);
const isOpen = signal(true);

@Component({
  template: `
    @if (isOpen()) {
      <aside><button type="button">note</button></aside>
    }
    <main>
      <h1 tabindex="-1">Page</h1>
      @if (isOpen()) {
        <div data-moves-focus><button type="button">row</button></div>
      }
      <ul>
        @for (row of rows(); track row) {
          <li>
            <a [href]="'/' + row">{{ row }}</a>
            <button type="button">end {{ row }}</button>
          </li>
        }
      </ul>
    </main>
  `,
})
class Page {
  protected readonly rows = rows;
  protected readonly isOpen = isOpen;
  constructor() {
    keepFocus();
  }
}

beforeEach(async () => {
  rows.set(['a', 'b']);
  isOpen.set(true);
  await render(Page);
});

const focus = (name: string) => screen.getByRole('button', { name }).focus();

it('moves the focus to what is nearest when its element disappears', () => {
  focus('end a');
  rows.set(['b']);
  TestBed.tick();
  expect(screen.getByRole('link', { name: 'b' })).toHaveFocus();
});

it.each([
  ['end b', () => rows.set([])],
  ['note', () => isOpen.set(false)],
])('moves it to the heading of the page if nothing is left around it: %s', (name, end) => {
  focus(name);
  end();
  TestBed.tick();
  expect(screen.getByRole('heading', { name: 'Page' })).toHaveFocus();
});

it('leaves it to what moves the focus itself', () => {
  focus('row');
  isOpen.set(false);
  TestBed.tick();
  expect(document.body).toHaveFocus();
});

it('leaves the focus where a person has moved it', () => {
  focus('end a');
  focus('end b');
  rows.set(['b']);
  TestBed.tick();
  expect(screen.getByRole('button', { name: 'end b' })).toHaveFocus();
});
