import { Routes } from '@angular/router';
import { inOwnTask } from '../../core/next-task';
import { Catalogue } from '../../texts/catalogue';
import { IconName } from '../../ui/icon';

/** A page of the operator's settings. */
interface SettingsPage {
  /** Its address below `/settings`. */
  readonly path: string;
  /** The key of its name in the texts. */
  readonly name: keyof Catalogue['settings']['pages'];
  readonly icon: IconName;
  readonly load: () => Promise<unknown>;
}

/** The pages, in the order of the navigation. To add one, add a row and its name in the texts. */
export const SETTINGS_PAGES: readonly SettingsPage[] = [
  { path: 'webhooks', name: 'webhooks', icon: 'hook', load: () => import('./webhooks-page') },
  { path: 'schedules', name: 'schedules', icon: 'sync', load: () => import('./schedules-page') },
  { path: 'usage', name: 'usage', icon: 'chart', load: () => import('./usage-page') },
  { path: 'mail', name: 'mail', icon: 'mail', load: () => import('./mail-page') },
  { path: 'api', name: 'api', icon: 'code', load: () => import('./api-page') },
];

export const settingsRoutes: Routes = [
  { path: '', pathMatch: 'full', redirectTo: SETTINGS_PAGES[0]!.path },
  ...SETTINGS_PAGES.map(({ path, load }) => ({
    // Also with the ID of one of the page's things, in the same component.
    matcher: (segments: readonly { path: string }[]) =>
      segments[0]?.path === path && segments.length <= 2
        ? { consumed: [...segments], posParams: segments[1] ? { id: segments[1] } : {} }
        : null,
    loadComponent: () => inOwnTask(load()),
  })),
] as Routes;
