import { Readable } from 'node:stream';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { AuditLog, type AuditEntry } from '../insight/audit.port.js';
import { Pseudonyms } from '../insight/pseudonyms.js';
import { OperatorOnly } from '../session/operator.guard.js';
import { AuditQueryDto } from './audit.dto.js';

/** What was done to accounts, sessions and transfers, and by whom. */
@ApiTags('operations')
@Controller('session')
export class AuditController {
  constructor(
    private readonly audit: AuditLog,
    private readonly pseudonyms: Pseudonyms,
  ) {}

  @Get('audit')
  @OperatorOnly()
  @ApiOperation({
    summary: 'The audit log',
    description:
      'A line of JSON an event, oldest first: `id`, `at` (RFC 3339), `actor` (a Google account’s `sub`, or `operator`, ' +
      '`cloudmover`, `unknown`), `with` (the other account whose token came with the same request), `action`, `object`, `outcome` (`done` or a problem’s code), `detail` (of a command also `by`: `source`, `destination` or `both`), `requestId`. ' +
      'The newest `AUDIT_MAX_ENTRIES` are kept. Reading it is an entry itself.',
  })
  @ApiProduces('application/x-ndjson')
  @ApiOkResponse({ schema: { type: 'string' } })
  async readAudit(@Query() { from, to, hash }: AuditQueryDto): Promise<StreamableFile> {
    // This reading is recorded before it begins, and so is in it.
    await this.audit.flush();
    const entries = this.audit.read(momentOf(from), momentOf(to))[Symbol.asyncIterator]();
    const first = await entries.next(); // a store that is away is still an answer of its own
    const lines = this.linesOf(entries, first, hash);
    return new StreamableFile(Readable.from(lines, { objectMode: false }), {
      type: 'application/x-ndjson; charset=utf-8',
      disposition: 'attachment; filename="cloudmover-audit.ndjson"',
    });
  }

  private async *linesOf(
    entries: AsyncIterator<AuditEntry>,
    first: IteratorResult<AuditEntry>,
    hash: boolean,
  ): AsyncGenerator<string> {
    for (let next = first; !next.done; next = await entries.next()) yield this.lineOf(next.value, hash);
  }

  private lineOf({ id, at, actor, with: other, ...rest }: AuditEntry, hash: boolean): string {
    const nameOf = ({ sub }: { sub: string }) => (hash ? this.pseudonyms.ofAccount(sub) : sub);
    const who = typeof actor === 'string' ? actor : nameOf(actor);
    const line = { id, at: new Date(at).toISOString(), actor: who, ...(other && { with: nameOf(other) }), ...rest };
    return `${JSON.stringify(line)}\n`;
  }
}

const momentOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text));
