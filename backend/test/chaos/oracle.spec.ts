import type { TreeItem } from '@cloudmover/drive-sandbox';
import type { ChaosEnvironment, Transfer } from '../../chaos/environment.js';
import { assertSurvived } from '../../chaos/oracle.js';

const item = (id: string, names: string[], trashed = false): TreeItem => ({
  ...{ id, names, path: names.join('/'), name: names.at(-1)!, parentId: 'root', mimeType: 'text/plain', text: 'same' },
  ...{ owner: 'ana@example.com', createdTime: 'then', modifiedTime: 'then', trashed, permissions: [] },
});

/** A copy of `Moved/Notes` into `New`, as the sandbox lists the destination at each look; the last one stays. */
function aTransferOf(...looks: TreeItem[][]): [ChaosEnvironment, Transfer] {
  const source = [item('top', ['Moved']), item('original', ['Moved', 'Notes'])];
  const folders = [item('new', ['New']), item('folder', ['New', 'Moved'])];
  const before = { source, destination: [] };
  const pair = { source: 'ana', destination: 'ben', chosen: ['top'], shape: { name: 'tiny' }, before };
  const report = (sourceId: string) => ({ sourceId, path: sourceId, kind: 'file', state: 'verified' });
  const environment = {
    settled: async () => ({ state: 'completed', counts: { found: 2, verified: 2 }, grants: { open: 0 } }),
    requestsFor: async () => new Map(),
    items: async () => source.map(({ id }) => report(id)),
    sandbox: {
      openUploads: async () => [],
      tree: async (account: string) =>
        account === 'ana' ? source : [...folders, ...(looks.length > 1 ? looks.shift()! : looks[0]!)],
    },
  };
  return [
    environment as unknown as ChaosEnvironment,
    { id: 't', pair, mode: 'copy', folder: 'New' } as unknown as Transfer,
  ];
}
const copy = (id: string, trashed = false) => item(id, ['New', 'Moved', 'Notes'], trashed);

describe('the oracle', () => {
  it('gives a worker that was presumed dead the time to trash its copy after the end', async () => {
    const verdict = await assertSurvived(
      ...aTransferOf([copy('a'), copy('b')], [copy('a'), copy('b')], [copy('a'), copy('b', true)]),
    );
    expect(verdict.surplusTrashed).toBe(1);
  });

  it('reports anything else at once', async () => {
    const [environment, transfer] = aTransferOf([], [copy('a')]);
    await expect(assertSurvived(environment, transfer)).rejects.toThrow('"Moved/Notes" is missing');
  });
});
