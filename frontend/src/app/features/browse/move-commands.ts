import { computed, Signal } from '@angular/core';
import { Command } from '../../core/commands';
import { catalogue } from '../../texts/catalogue';
import { EVERYTHING } from './drive-item';
import { MoveStore } from './move-store';

/** A folder among more than these is found by searching; its name need not be a command. */
const FOLDERS_BY_NAME = 200;

/** What the command palette offers on this page. */
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
    const found: Command[] = [];
    if (selection.count() > 0) {
      if (!store.blockedReason())
        found.push(command('review', store.reviewLabel(), () => void store.review(), ['Ctrl', 'Enter']));
      found.push(
        command('view', commands.view, () => store.viewSelection()),
        command('clear', commands.clear, () => selection.clear()),
      );
      const other = store.mode() === 'copy' ? 'move' : 'copy';
      if (!store.copyOnly()) found.push(command(other, commands[other], () => store.choose(other)));
    }
    if (selection.canChooseEverything() && !selection.ids().has(EVERYTHING))
      found.push(command('everything', commands.everything, () => selection.chooseEverything()));
    found.push(command('search', commands.search, goToSearch, ['/']));
    if (store.canCreateFolder()) found.push(command('new-folder', commands.newFolder, () => void store.createFolder()));
    for (const drive of [store.source, store.destination]) {
      const parent = drive.parent();
      const open = drive.side === 'source' ? commands.openSource : commands.openTarget;
      if (parent) found.push(command(`up-${drive.side}`, pane.up(parent.name), () => drive.goUp()));
      for (const folder of drive
        .items()
        .filter(({ kind }) => kind === 'folder')
        .slice(0, FOLDERS_BY_NAME))
        found.push(command(`${drive.side}-${folder.id}`, open(folder.name), () => drive.open(folder)));
    }
    return found;
  });
