import { Component, computed, inject, linkedSignal, signal } from '@angular/core';
import { MatDialogRef } from '@angular/material/dialog';
import { Command, Commands } from '../../core/commands';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';

const SHOWN = 50;

/** Letters without case and accents: "übertragungen" is found by "uber". */
const plain = (words: string): string =>
  words
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();

/** Whether each word of the question begins a word of the command. */
function fits(command: Command, question: string): boolean {
  const words = plain(`${command.label} ${command.also ?? ''}`).split(/[^\p{L}\p{N}@.]+/u);
  return plain(question)
    .split(/\s+/)
    .every((part) => words.some((word) => word.startsWith(part)));
}

/** Every command by name: type, choose with the arrows, Enter. The field keeps the focus; the list is spoken from it. */
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
  protected readonly question = signal('');
  protected readonly found = computed(() =>
    this.commands()
      .filter((command) => fits(command, this.question().trim()))
      .slice(0, SHOWN),
  );
  /** The command that Enter runs; the first one again whenever the list changes. */
  protected readonly index = linkedSignal({ source: this.found, computation: () => 0 });
  protected readonly active = computed(() => this.found()[this.index()]);

  protected onKey(event: KeyboardEvent): void {
    const last = this.found().length - 1;
    const step: Record<string, number> = {
      ArrowDown: this.index() === last ? 0 : this.index() + 1,
      ArrowUp: this.index() === 0 ? last : this.index() - 1,
    };
    const next = step[event.key];
    if (event.key === 'Enter') this.choose(this.active());
    else if (next !== undefined) this.moveTo(Math.max(0, next));
    else return;
    event.preventDefault();
  }

  /** Closes with the command, which then runs with the focus where it was. */
  protected choose(command: Command | undefined): void {
    if (command) this.dialog.close(command);
  }

  private moveTo(index: number): void {
    this.index.set(index);
    const id = this.active()?.id;
    requestAnimationFrame(() => document.getElementById(`command-${id}`)?.scrollIntoView({ block: 'nearest' }));
  }
}
