import { computed, Signal } from '@angular/core';
import { Command } from '../../core/commands';
import { catalogue } from '../../texts/catalogue';
import { problemCount } from './forecast';
import { ReviewStore } from './review-store';

/** The commands of this page for the command palette. */
export const reviewCommands = (store: ReviewStore): Signal<readonly Command[]> =>
  computed(() => {
    const preflight = store.preflight();
    if (!preflight || store.busy() || store.offline()) return [];
    const t = catalogue().review;
    const recount = { id: 'review-again', label: t.methods.again, run: () => void store.recount() };
    if (preflight.state === 'counting')
      return [{ id: 'review-stop', label: t.counting.stop, run: () => void store.stop() }];
    const again = store.canRecount() ? [recount] : [];
    if (preflight.state !== 'ready') return preflight.state === 'failed' ? again : [];
    const commands: Command[] = [];
    if (store.options.changed()) {
      if (!store.options.invalid() && store.canRecount())
        commands.push({ id: 'review-apply', label: t.aside.apply, run: () => void store.applyOptions() });
    } else if (!store.blockedReason())
      commands.push({ id: 'review-start', label: store.startLabel(), run: () => void store.start() });
    commands.push(
      store.editing()
        ? { id: 'review-keep', label: t.aside.keep, run: () => store.leaveOptions() }
        : { id: 'review-change', label: t.aside.changeLabel, run: () => store.editing.set(true) },
    );
    if (!store.sections.isOpen('filter'))
      commands.push({ id: 'review-filter', label: t.filter.change, run: () => store.sections.toggle('filter') });
    if (!store.options.changed()) commands.push(...again);
    const problems = problemCount(preflight);
    if (problems > 0)
      commands.push({
        id: 'review-problems',
        label: store.listShown() ? t.problems.hide : t.methods.none.seeAll(problems),
        also: t.problems.heading,
        run: () => store.listShown.update((shown) => !shown),
      });
    return [...commands, { id: 'review-back', label: t.back, run: () => store.goBack() }];
  });
