import { Injectable, type StreamableFile } from '@nestjs/common';
import { downloadOf } from '../http/downloads.js';
import { type AuditEntry, AuditLog } from '../insight/audit.port.js';
import { Pseudonyms } from '../insight/pseudonyms.js';
import type { AuditQueryDto } from './audit.dto.js';

/** The audit log as a download, one line of JSON per entry. */
@Injectable()
export class AuditService {
  constructor(
    private readonly audit: AuditLog,
    private readonly pseudonyms: Pseudonyms,
  ) {}

  /** @throws StoreUnavailableError before the first line is sent */
  async read({ from, to, hash }: AuditQueryDto): Promise<StreamableFile> {
    // Recorded before the reading begins, so that the result includes it.
    await this.audit.flush();
    const entries = this.audit.read(momentOf(from), momentOf(to))[Symbol.asyncIterator]();
    const first = await entries.next(); // if the store is unreachable, a problem can still be sent
    const lines = this.linesOf(entries, first, hash);
    return downloadOf(lines, 'application/x-ndjson', 'cloudmover-audit.ndjson');
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
