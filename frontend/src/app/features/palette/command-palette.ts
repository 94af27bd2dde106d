import { Component, computed, inject, linkedSignal, signal } from '@angular/core';
import { MatDialogRef } from '@angular/material/dialog';
import { Command, Commands } from '../../core/commands';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';

const MAX_SHOWN = 50;

/** Removes case and accents, so that "uber" finds "Übertragungen". */
const plain = (words: string): string =>
  words
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();

/** Whether each word of the search is the start of a word of the command. */
function matches(command: Command, search: string): boolean {
  const words = plain(`${command.label} ${command.also ?? ''}`).split(/[^\p{L}\p{N}@.]+/u);
  return plain(search)
    .split(/\s+/)
    .every((part) => words.some((word) => word.startsWith(part)));
}

/** Finds and runs commands: type, select with the arrow keys, press Enter. The focus stays in the field. */
@Component({
  selector: 'cm-command-palette',
  imports: [Icon],
  templateUrl: './command-palette.html',
  styleUrl: './command-palette.scss',
})
export class CommandPalette {
  private readonly dialog = inject<MatDialogRef<CommandPalette, Command>>(MatDialogRef);
  private readonly commands = inject(Commands).all;
  private readonly shell = inject(Texts).shell;

  protected readonly t = computed(() => this.shell().palette);
  protected readonly search = signal('');
  protected readonly found = computed(() =>
    this.commands()
      .filter((command) => matches(command, this.search().trim()))
      .slice(0, MAX_SHOWN),
  );
  /**
   * The index of the command that Enter runs: the first of a search. A page may change its commands at any time, so the
   * same one stays selected; if it is gone, none is (-1), because Enter must not run another one.
   */
  protected readonly index = linkedSignal<{ search: string; found: readonly Command[] }, number>({
    source: () => ({ search: this.search(), found: this.found() }),
    computation: ({ search, found }, before) => {
      if (before?.source.search !== search) return 0;
      const selected = before.source.found[before.value]?.id;
      return found.findIndex(({ id }) => id === selected);
    },
  });
  protected readonly active = computed(() => this.found()[this.index()]);

  protected onKey(event: KeyboardEvent): void {
    const last = this.found().length - 1;
    const step: Record<string, number> = {
      ArrowDown: this.index() === last ? 0 : this.index() + 1,
      ArrowUp: this.index() <= 0 ? last : this.index() - 1,
    };
    const next = step[event.key];
    if (event.key === 'Enter') this.choose(this.active());
    else if (next !== undefined) this.moveTo(Math.max(0, next));
    else return;
    event.preventDefault();
  }

  /** Closes the palette with the command, which then runs once the focus has returned. */
  protected choose(command: Command | undefined): void {
    if (command) this.dialog.close(command);
  }

  private moveTo(index: number): void {
    this.index.set(index);
    const id = this.active()?.id;
    requestAnimationFrame(() => document.getElementById(`command-${id}`)?.scrollIntoView({ block: 'nearest' }));
  }
}
