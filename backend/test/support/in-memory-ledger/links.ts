import {
  type DocumentRecord,
  LINK_OUTCOMES,
  type LinkCounts,
  type LinkOutcomeName,
} from '../../../src/engine/model/links.js';
import type { LedgerLinks } from '../../../src/engine/ports/ledger/links.js';
import { InMemoryAccess, pageOf } from './access.js';

/** The links in the copied documents. */
export abstract class InMemoryLinks extends InMemoryAccess implements LedgerLinks {
  private readonly documents = new Map<number, DocumentRecord>();

  override async restartPlan(): Promise<number | undefined> {
    const plan = await super.restartPlan();
    if (plan !== undefined) this.documents.clear();
    return plan;
  }

  async recordLinks(record: DocumentRecord): Promise<void> {
    this.documents.set(record.ordinal, structuredClone(record));
    this.changes++;
  }

  async linkRecords(after: number, limit: number, outcome?: LinkOutcomeName | 'unread'): Promise<DocumentRecord[]> {
    return pageOf(this.documents, after)
      .map(([, record]) => record)
      .filter(
        ({ state, links }) =>
          outcome === undefined || state === outcome || links.some((link) => link.outcome === outcome),
      )
      .slice(0, limit);
  }

  async linkRecord(ordinal: number): Promise<DocumentRecord | undefined> {
    return this.documents.get(ordinal);
  }

  protected linkCounts(): LinkCounts {
    const records = [...this.documents.values()];
    const links = records.flatMap((record) => record.links);
    const isUnread = ({ state }: DocumentRecord) => state === 'unread';
    return {
      found: links.length,
      ...(Object.fromEntries(
        LINK_OUTCOMES.map((outcome) => [outcome, links.filter((link) => link.outcome === outcome).length]),
      ) as Record<LinkOutcomeName, number>),
      reasons: numbersOf(links.map(({ code }) => code)),
      documents: {
        read: records.filter((record) => !isUnread(record)).length,
        unread: numbersOf(records.filter(isUnread).map(({ code }) => code)),
        apiOff: numbersOf(records.filter(({ code }) => code === 'api_off').map(({ kind }) => kind)),
      },
    };
  }
}

function numbersOf<Name extends string>(names: readonly (Name | undefined)[]): Partial<Record<Name, number>> {
  const numbers: Partial<Record<Name, number>> = {};
  for (const name of names) if (name) numbers[name] = (numbers[name] ?? 0) + 1;
  return numbers;
}
