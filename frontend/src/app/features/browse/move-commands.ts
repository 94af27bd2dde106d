import { computed, Signal } from '@angular/core';
import { Command } from '../../core/commands';
import { catalogue } from '../../texts/catalogue';
import { EVERYTHING } from './drive-item';
import { MoveStore } from './move-store';

/** At most this many folders of each side are commands. */
const MAX_FOLDERS = 200;

/** The commands of this page for the command palette. */
export const moveCommands = (store: MoveStore, goToSearch: () => void): Signal<readonly Command[]> =>
  computed(() => {
    const { commands, pane } = catalogue().browse;
    const { selection } = store;
    const command = (id: string, label: string, run: () => void, keys?: readonly string[]): Command => ({
      id: `choose-${id}`,
      label,
      run,
      ...(keys && { keys }),
    });
    const offered: Command[] = [];
    if (selection.count() > 0) {
      if (!store.blockedReason())
        offered.push(command('review', store.reviewLabel(), () => void store.review(), ['Ctrl', 'Enter']));
      offered.push(
        command('view', commands.view, () => store.viewSelection()),
        command('clear', commands.clear, () => selection.clear()),
      );
      const other = store.mode() === 'copy' ? 'move' : 'copy';
      if (!store.copyOnly()) offered.push(command(other, commands[other], () => store.choose(other)));
    }
    if (selection.canChooseEverything() && !selection.ids().has(EVERYTHING))
      offered.push(command('everything', commands.everything, () => selection.chooseEverything()));
    offered.push(command('search', commands.search, goToSearch, ['/']));
    if (store.canCreateFolder())
      offered.push(command('new-folder', commands.newFolder, () => void store.createFolder()));
    for (const drive of [store.source, store.destination]) {
      const parent = drive.parent();
      const open = drive.side === 'source' ? commands.openSource : commands.openTarget;
      if (parent) offered.push(command(`up-${drive.side}`, pane.up(parent.name), () => drive.goUp()));
      for (const folder of drive
        .items()
        .filter(({ kind }) => kind === 'folder')
        .slice(0, MAX_FOLDERS))
        offered.push(command(`${drive.side}-${folder.id}`, open(folder.name), () => drive.open(folder)));
    }
    return offered;
  });
