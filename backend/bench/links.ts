import { SOURCE, transfer, withBench } from './engine.ts';
import type { Result, Running } from './measure.ts';

/** Google's quotas of the Docs API for a person (https://developers.google.com/workspace/docs/api/limits). */
const GOOGLE_QUOTAS = { docsReadPerMinute: 300, docsWritePerMinute: 60 };
/** Documents that are created at the same time. */
const AT_ONCE = 16;

/**
 * Requests and time for rewriting the links of documents, without quotas and with Google's. Each document with links has
 * them to files of the same transfer. At most two reads and one write should be needed for each of them, and one read for
 * each of the others.
 */
export async function benchLinks(
  running: Running,
  {
    documents = 1_000,
    links = 20,
    without = 200,
    report,
  }: { documents?: number; links?: number; without?: number; report: (result: Result) => void },
): Promise<void> {
  await withBench(running, { workers: 1 }, async (bench) => {
    const targets = await bench.tree(1, links, 0, 1);
    const linked = (await bench.filesBelow(targets)).map(({ id }, index) => [
      `${index + 1}. `,
      { text: 'see', url: `https://drive.google.com/file/d/${id}/view?usp=sharing#page=2` },
    ]);
    const create = (name: string, content: unknown[]) =>
      bench.control('POST', 'documents', { account: SOURCE, parentId: targets, name, document: { content } });
    for (let from = 0; from < documents + without; from += AT_ONCE)
      await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, documents + without - from) }, (_, index) =>
          create(`Document ${from + index}`, from + index < documents ? linked : ['Nothing to change here.']),
        ),
      );
    for (const [name, quotas] of [
      ['none', {}],
      ['google', GOOGLE_QUOTAS],
    ] as const) {
      const plain = await counted({});
      const rewriting = await counted({ links: 'rewrite' }, quotas);
      const read = rewriting.of('documents.get');
      const write = rewriting.of('documents.batchUpdate');
      report({
        quotas: name,
        documents,
        links_each: links,
        without_links: without,
        rewritten: rewriting.transfer.links?.rewritten,
        reads: read,
        reads_per_document_with_links: ((read - without) / documents).toFixed(2),
        writes: write,
        writes_per_document_with_links: (write / documents).toFixed(2),
        refused: rewriting.refused,
        drive_requests_more: rewriting.drive - plain.drive,
        seconds: rewriting.seconds.toFixed(1),
        seconds_without_rewriting: plain.seconds.toFixed(1),
        least_seconds_by_quota:
          name === 'google' ? ((documents / GOOGLE_QUOTAS.docsWritePerMinute) * 60).toFixed(0) : 0,
      });
    }

    async function counted(body: object, quotas: object = {}) {
      await bench.behave({ quotas });
      await bench.clearStats();
      const run = await transfer(bench, targets, { body });
      const { requests } = await bench.stats();
      const sum = (operation: string, matches: (status: number) => boolean) =>
        Object.entries(requests[operation] ?? {}).reduce(
          (total, [status, count]) => total + (matches(Number(status)) ? count : 0),
          0,
        );
      const isDone = (status: number) => status < 400;
      const editors = Object.keys(requests).filter((operation) => operation.startsWith('documents.'));
      const drive = Object.keys(requests).filter((operation) => !operation.startsWith('documents.'));
      return {
        ...run,
        of: (operation: string) => sum(operation, isDone),
        refused: editors.reduce((total, operation) => total + sum(operation, (status) => !isDone(status)), 0),
        drive: drive.reduce((total, operation) => total + sum(operation, isDone), 0),
      };
    }
  });
}
