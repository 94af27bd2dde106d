import { computed, inject, Service } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { NavigationEnd, Router } from '@angular/router';
import { filter, map } from 'rxjs';
import { Command } from './core/commands';
import { Connection } from './core/connection';
import { Consents } from './core/consents';
import { Dialogs } from './core/dialogs';
import { formatMoment } from './core/formats';
import { OperatorKey } from './core/operator-key';
import { DENSITIES, PreferenceStore, THEMES } from './core/preferences';
import { explain } from './core/problem';
import { SIDES } from './core/side';
import { SignIn } from './core/sign-in';
import { Toasts } from './core/toasts';
import { TransferUpdates } from './core/transfer-updates';
import { LANGUAGES } from './texts/language';
import { Texts } from './texts/texts';

const MOVE = { path: '/move', name: 'move', icon: 'move', keys: ['g', 'm'] } as const;
const TRANSFERS = { path: '/transfers', name: 'transfers', icon: 'list', keys: ['g', 't'] } as const;
const SESSIONS = { path: '/sessions', name: 'sessions', icon: 'shield', keys: ['g', 's'] } as const;
const ANALYTICS = { path: '/analytics', name: 'analytics', icon: 'chart', keys: undefined } as const;
const SETTINGS = { path: '/settings', name: 'settings', icon: 'gear', keys: ['g', ','] } as const;
const OF_OPERATOR = [ANALYTICS, SETTINGS];
const ACCOUNTS = { path: '/connect', name: 'accounts', icon: 'user', keys: undefined } as const;

/** The address without its query and fragment. */
const pathOf = (url: string): string => url.split(/[?#]/)[0] ?? '';

const isWithin = (path: string, page: string): boolean => path === page || path.startsWith(`${page}/`);

/** The state and commands of the shell: navigation, appearance and connection. */
@Service()
export class AppStore {
  private readonly router = inject(Router);
  private readonly connection = inject(Connection);
  private readonly consents = inject(Consents);
  private readonly preferences = inject(PreferenceStore);
  private readonly texts = inject(Texts);
  private readonly signIn = inject(SignIn);
  private readonly toasts = inject(Toasts);
  private readonly dialogs = inject(Dialogs);
  private readonly operatorKey = inject(OperatorKey);
  private readonly t = this.texts.shell;

  /** The path of the page; empty until the first one is open. Folders and filters only change the query. */
  readonly path = toSignal(
    this.router.events.pipe(
      filter((event) => event instanceof NavigationEnd),
      map(({ urlAfterRedirects }) => pathOf(urlAfterRedirects)),
    ),
    { initialValue: '' },
  );
  readonly pages = [MOVE, TRANSFERS, SESSIONS];
  /** The operator's, once the key was accepted. */
  readonly operatorPages = computed(() =>
    this.operatorKey.value() ? OF_OPERATOR.map(({ path, name }) => ({ path, label: this.t().pages[name] })) : [],
  );
  /** Whether the key was accepted and one of the operator's pages is open, which concern no account. */
  readonly actsAsOperator = computed(
    () => this.operatorPages().length > 0 && OF_OPERATOR.some(({ path }) => isWithin(this.path(), path)),
  );
  /**
   * Four: more would be too narrow to tap reliably. With the key, a menu of the operator's pages is the fourth; the
   * accounts are also in the bar.
   */
  readonly pagesOnPhone = computed(() => (this.operatorKey.value() ? this.pages : [...this.pages, ACCOUNTS]));
  /** How many transfers need the person. */
  readonly needYou = inject(TransferUpdates).needsYou;
  /** Whether transfers wait for a confirmation, except on their own page, which has a notice. */
  readonly waits = computed(() => {
    const path = this.path();
    return this.consents.waiting().some(({ id }) => path !== `/transfers/${id}`);
  });

  readonly offline = this.connection.offline;
  /** Why no updates arrive. */
  readonly blockedReason = computed(() => {
    const problem = this.connection.blockedReason();
    return problem && explain(problem).text;
  });
  /** What happens to the page and the transfers until then. Transfers need the database, but not this browser. */
  readonly recovery = computed(() => {
    const { unreachable, databaseAway } = this.t().recovery;
    return this.connection.blockedReason()?.code === 'service_unavailable' ? databaseAway : unreachable;
  });
  readonly live = computed(() => {
    const state = this.connection.state();
    const t = this.t().connection;
    switch (state.state) {
      case 'idle':
        return undefined;
      case 'live':
        return { kind: 'live', text: t.live };
      case 'reconnecting':
        return { kind: 'wait', text: t.reconnecting(state.inSeconds) };
      case 'polling':
        return { kind: 'poll', text: t.polling(formatMoment(state.at)) };
      case 'offline':
        return { kind: 'off', text: t.offline };
    }
  });

  /** Theme, language and density, each with its choices. */
  readonly appearance = computed(() => {
    const { theme, themes, language, languages, density, densities, languageNotLoaded } = this.t();
    const speak = (value: (typeof LANGUAGES)[number]) =>
      void this.texts.choose(value).catch(() => this.toasts.keep(languageNotLoaded));
    const prefer = this.preferences;
    return [
      group(theme, THEMES, themes, prefer.theme(), (value) => prefer.choose('theme', value)),
      group(language, LANGUAGES, languages, this.texts.language(), speak, (value) => value),
      group(density, DENSITIES, densities, prefer.density(), (value) => prefer.choose('density', value)),
    ];
  });

  /** The commands that the palette offers on every page. */
  readonly commands = computed<readonly Command[]>(() => {
    const { palette, pages } = this.t();
    const also: Record<string, string | undefined> = palette.also;
    return [
      ...[MOVE, TRANSFERS, SESSIONS, ACCOUNTS, ANALYTICS, SETTINGS].map(({ path, name, keys }) => ({
        id: name,
        label: palette.goTo(pages[name]),
        also: also[name],
        keys,
        run: () => this.goTo(path),
      })),
      ...(this.offline() ? [] : SIDES).map((side) => ({
        id: `connect-${side}`,
        label: palette.connect[side],
        run: () => this.signIn.start(side),
      })),
      ...this.appearance().flatMap(({ name, choices }) =>
        choices.map(({ label, choose }) => ({
          id: `${name}-${label}`.replace(/\W/g, '-'),
          label: `${name}: ${label}`,
          run: choose,
        })),
      ),
      { id: 'help', label: palette.help, keys: ['?'], run: () => void this.help() },
    ];
  });

  /** Forgets the operator's key. */
  lock(): void {
    this.operatorKey.lock().catch((error: unknown) => this.toasts.failed(error));
  }

  goTo(path: string): void {
    void this.router.navigateByUrl(path);
  }

  async help(): Promise<void> {
    await this.dialogs.open(() => import('./features/help/help-dialog').then((file) => file.HelpDialog), {
      maxWidth: 640,
    });
  }

  async palette(): Promise<void> {
    const load = () => import('./features/palette/command-palette').then((file) => file.CommandPalette);
    const chosen = await this.dialogs.open<Command>(load, {
      width: '560px',
      maxWidth: 'calc(100vw - 32px)',
      ariaLabel: this.t().palette.heading,
    });
    chosen?.run();
  }
}

/** A setting and its choices. @param lang the language of a choice's label, if it is not that of the page */
function group<Value extends string>(
  name: string,
  values: readonly Value[],
  labels: Readonly<Record<Value, string>>,
  chosen: Value,
  choose: (value: Value) => void,
  lang: (value: Value) => string | null = () => null,
) {
  const choices = values.map((value) => ({
    label: labels[value],
    chosen: value === chosen,
    choose: () => choose(value),
    lang: lang(value),
  }));
  return { name, choices };
}
