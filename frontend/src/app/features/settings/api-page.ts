import { Clipboard } from '@angular/cdk/clipboard';
import { Component, computed, inject, resource } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDialog } from '@angular/material/dialog';
import { firstValueFrom } from 'rxjs';
import { keysEnd, keysList, sessionsEnd, sessionsList } from '../../api/functions';
import { MachineKey } from '../../api/models/machine-key';
import { MachineKeyCreated } from '../../api/models/machine-key-created';
import { OperatorSession } from '../../api/models/operator-session';
import { currentTime } from '../../core/clock';
import { Connection } from '../../core/connection';
import { formatDate, formatExact, formatMoment } from '../../core/formats';
import { Installation } from '../../core/installation';
import { OperatorKey } from '../../core/operator-key';
import { toProblem } from '../../core/problem';
import { ProblemNote } from '../../core/problem-note';
import { problemOf, valueOf } from '../../core/resource-parts';
import { RunningCommands } from '../../core/running-commands';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';
import { confirm } from '../../ui/confirm-dialog';
import { EmptyState } from '../../ui/empty-state';
import { Icon } from '../../ui/icon';
import { WaitingRows } from '../../ui/waiting-rows';
import { MachineKeyDialog } from './machine-key-dialog';
import { showSecret } from './secret-dialog';

/** The API's address, machine keys, and the browsers in which the operator is signed in. */
@Component({
  selector: 'cm-api-page',
  host: { class: 'stack' },
  imports: [EmptyState, Icon, MatButton, ProblemNote, WaitingRows],
  templateUrl: './api-page.html',
  styles: `
    .pairs {
      grid-template-columns: auto minmax(0, 1fr);
      align-items: center;
    }
    .pairs dd {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 4px 12px;
      text-align: left;
      overflow-wrap: anywhere;
    }
    .tags {
      display: flex;
      flex-wrap: wrap;
      gap: 4px 6px;
    }
    @media (max-width: 719px) {
      .pairs {
        grid-template-columns: minmax(0, 1fr);
      }
    }
  `,
})
export default class ApiPage {
  private readonly operator = inject(OperatorKey);
  private readonly dialog = inject(MatDialog);
  private readonly clipboard = inject(Clipboard);
  private readonly toasts = inject(Toasts);
  protected readonly installation = inject(Installation);
  protected readonly offline = inject(Connection).offline;
  private readonly settings = inject(Texts).settings;
  protected readonly t = computed(() => this.settings().api);

  protected readonly address = location.origin;
  protected readonly file = 'openapi.json';
  protected readonly line = `npx @cloudmover/cli login source --server ${location.origin}`;
  private readonly commands = new RunningCommands();
  /** IDs of keys and sessions that are being ended. */
  protected readonly ending = this.commands.ids;

  private readonly keys = resource({
    params: () => this.operator.value(),
    loader: async () => (await this.operator.call(keysList, {})).keys,
  });
  private readonly sessions = resource({
    params: () => this.operator.value(),
    // The first page contains the operator's own; the others are of accounts.
    loader: async () => (await this.operator.call(sessionsList, { limit: 1 })).operatorSessions ?? [],
  });
  protected readonly listed = computed(() => valueOf(this.keys));
  protected readonly signedIn = computed(() => valueOf(this.sessions) ?? []);
  protected readonly problem = computed(() => problemOf(this.keys));

  protected readonly exactly = formatExact;
  protected readonly moment = formatMoment;
  protected readonly date = formatDate;

  /** Enough of a key to recognise it; it gives no access. */
  protected beginningOf({ id }: MachineKey): string {
    return `cmk_${id.slice(0, 6)}…`;
  }

  protected hasEnded({ expiresAt }: MachineKey): boolean {
    return Date.parse(expiresAt) <= currentTime();
  }

  protected deviceOf({ device }: OperatorSession): string {
    return this.t().sessions.device(device.browser, device.os);
  }

  protected reload(): void {
    this.keys.reload();
  }

  protected copy(text: string): void {
    if (this.clipboard.copy(text)) this.toasts.say(this.settings().secret.copied);
  }

  protected async create(): Promise<void> {
    const opened = this.dialog.open<MachineKeyDialog, undefined, MachineKeyCreated>(MachineKeyDialog, {
      maxWidth: 520,
    });
    const created = await firstValueFrom(opened.afterClosed());
    if (!created) return;
    this.keys.reload();
    const { title, text } = this.t().keys.created;
    showSecret(this.dialog, { title, text, secret: created.key });
  }

  protected async endKey({ id, name }: MachineKey): Promise<void> {
    const { title, text, keep, act } = this.t().keys.ask;
    if (!(await confirm(this.dialog, { title: title(name), paragraphs: [text], keep, act }))) return;
    await this.end(id, () => this.operator.call(keysEnd, { id }));
    this.keys.reload();
  }

  protected async endSession({ id, current }: OperatorSession): Promise<void> {
    if (current) return this.operator.lock().catch((error: unknown) => this.toasts.failed(error));
    await this.end(id, () => this.operator.call(sessionsEnd, { id }));
    this.sessions.reload();
  }

  private end(id: string, run: () => Promise<unknown>): Promise<void> {
    return this.commands.run(id, () =>
      run().catch((error: unknown) => {
        // Otherwise somebody else has ended it.
        if (toProblem(error).status !== 404) throw error;
      }),
    );
  }
}
