import { HttpClient } from '@angular/common/http';
import { inject, Service } from '@angular/core';
import { firstValueFrom } from 'rxjs';
import { active, endSession, list as listTransfers, logoutOthers } from '../../api/functions';
import { ActiveSession } from '../../api/models/active-session';
import { TransferDto } from '../../api/models/transfer-dto';
import { asSide } from '../../core/sessions';
import { Side } from '../../core/side';
import { isFinished } from '../../core/transfer-updates';

/** A live session as one of this browser's sides sees it. */
export type SeenSession = ActiveSession & {
  /** The side of this browser that is signed in to the same account. */
  readonly seenBy: Side;
};

/** Open transfers are recent: later pages hold only history. */
const MAX_PAGES = 10;
const PAGE = 100;

/** The sessions of the connected accounts. Each method throws HttpErrorResponse. */
@Service()
export class SessionApi {
  private readonly http = inject(HttpClient);

  /** Every live session of the accounts of these sides, each once, newest first as the API has them. */
  async list(sides: readonly Side[]): Promise<readonly SeenSession[]> {
    const seen = new Map<string, SeenSession>();
    const answers = await Promise.all(
      sides.map(async (side) => ({ side, ...(await firstValueFrom(active(this.http, '', {}, asSide(side)))).body })),
    );
    for (const { side, sessions } of answers)
      for (const session of sessions) {
        // With one account on both sides each is listed twice, and is the current one of one side only.
        const before = seen.get(session.id);
        if (!before || session.current) seen.set(session.id, { ...session, seenBy: side });
      }
    return [...seen.values()];
  }

  /** Transfers of an account that have not ended. */
  async openTransfers(email: string): Promise<readonly TransferDto[]> {
    const open: TransferDto[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await firstValueFrom(listTransfers(this.http, '', { limit: PAGE, cursor }, asSide('both')));
      open.push(...answer.body.transfers.filter((transfer) => uses(transfer, email) && !isFinished(transfer)));
      cursor = answer.body.nextCursor;
      if (!cursor) break;
    }
    return open;
  }

  async end({ id, seenBy }: SeenSession): Promise<void> {
    await firstValueFrom(endSession(this.http, '', { id }, asSide(seenBy)));
  }

  /** Ends every session of the side's account but its own. @returns how many */
  async endOthers(side: Side): Promise<number> {
    return (await firstValueFrom(logoutOthers(this.http, '', {}, asSide(side)))).body.ended;
  }
}

const uses = ({ source, destination }: TransferDto, email: string): boolean =>
  source.email === email || destination.email === email;
