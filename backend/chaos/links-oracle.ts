import type { SandboxClient } from '@cloudmover/drive-sandbox';

const EDITORS = /^application\/vnd\.google-apps\.(document|spreadsheet|presentation)$/;

/** What Google sets itself: ids of chips that were written again, and counters of edits. */
const SET_BY_GOOGLE: ReadonlySet<string> = new Set(['revision', 'richLinkId', 'edits']);

/** An original and its copy. */
interface Copied {
  readonly path: string;
  readonly sourceId: string;
  readonly destinationId?: string;
}

/**
 * Compares the documents with their originals: everything must be equal, except that the ids of originals that arrived
 * are those of their copies. Uses the sandbox's models of the documents and none of the product's rules, so it holds only
 * for documents whose ids all stand in links that can be rewritten.
 * @param items of the transfer
 * @returns a line for each copy that differs
 */
export async function linkDifferences(sandbox: SandboxClient, items: readonly Copied[]): Promise<string[]> {
  const copied = items.flatMap(({ destinationId, ...item }) => (destinationId ? [{ ...item, destinationId }] : []));
  const problems: string[] = [];
  for (const { path, sourceId, destinationId } of copied) {
    const original = await sandbox.document(sourceId).catch(() => undefined);
    if (!original || !EDITORS.test(original.mimeType)) continue;
    const copy = await sandbox.document(destinationId);
    let expected = comparable(original.document);
    for (const item of copied) expected = expected.replaceAll(item.sourceId, item.destinationId);
    const found = comparable(copy.document);
    if (found !== expected) problems.push(`"${path}" differs: ${firstDifference(found, expected)}`);
  }
  return problems;
}

function comparable(document: object): string {
  return JSON.stringify(joined(document));
}

/**
 * The document without what Google sets itself, with sorted properties, and with adjacent runs of the same style as one
 * run, which is how the sandbox stores what was written.
 */
function joined(value: unknown): unknown {
  if (Array.isArray(value)) {
    const all: unknown[] = [];
    for (const each of value.map(joined)) {
      const [before, run] = [all.at(-1), each].map((one) => (isRun(one) ? one : undefined));
      const style = (one: Run) => JSON.stringify({ ...one, text: '' });
      if (before && run && style(before) === style(run) && !before.text.endsWith('\n'))
        all[all.length - 1] = { ...run, text: before.text + run.text };
      else all.push(each);
    }
    return all;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => !SET_BY_GOOGLE.has(name));
  return Object.fromEntries(
    entries.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, each]) => [name, joined(each)]),
  );
}

interface Run {
  readonly text: string;
}
const isRun = (value: unknown): value is Run =>
  typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string';

function firstDifference(found: string, expected: string): string {
  let at = 0;
  while (found[at] === expected[at]) at++;
  const around = (text: string) => text.slice(Math.max(0, at - 60), at + 80);
  return `…${around(found)}… instead of …${around(expected)}…`;
}
