import { Injectable } from '@nestjs/common';
import { IssuedKeys } from './issued-keys.js';
import type { Operator } from './operator-key.js';
import {
  ActiveSessionsDto,
  type ActiveSessionsQueryDto,
  OperatorSessionDto,
  type SessionEndedDto,
} from './session.dto.js';
import type { Session } from './session.port.js';
import { SessionService } from './session.service.js';

/** The sessions of accounts, and those in which the operator is signed in, as one list. */
@Injectable()
export class SessionLists {
  constructor(
    private readonly sessions: SessionService,
    private readonly issued: IssuedKeys,
  ) {}

  /** The sessions of the caller's account; for the operator a page of all, with the operator's own on the first. */
  async active(
    { session, operator }: { session: Session | undefined; operator: Operator | undefined },
    query: ActiveSessionsQueryDto,
  ): Promise<ActiveSessionsDto> {
    const position = query.position();
    const [page, own] = await Promise.all([
      this.sessions.listed(session, position, query.limit),
      operator && !position ? this.issued.sessions() : undefined,
    ]);
    const shown = own?.map((each) => OperatorSessionDto.of(each, each.id === operator?.sessionId));
    return ActiveSessionsDto.of(page, session, shown);
  }

  /**
   * Ends a session of the caller's account, or for the operator any session, also one of the operator's own.
   * @throws SessionNotFoundError
   */
  async end(caller: Session | undefined, id: string, keepCredential?: boolean): Promise<SessionEndedDto> {
    if (!caller && (await this.issued.endSession(id))) return { ended: true };
    return this.sessions.endByHandle(caller, id, keepCredential);
  }
}
