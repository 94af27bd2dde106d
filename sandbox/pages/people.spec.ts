import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestSandbox, text, type Json } from '../testing/test-client.ts';

const ALICE = 'alice@example.com';

describe('the pages for people', () => {
  let test: TestSandbox;
  beforeAll(async () => void (test = await TestSandbox.start({ seedDemo: true })));
  afterAll(() => test.close());
  afterEach(async () => {
    await test.control.behave({});
    await test.signIn();
  });

  const links = (html: string): string[] => [...html.matchAll(/href="(\/browse[^"]*)"/g)].map(([, href]) => href ?? '');
  const press = (action: string, account = ALICE, headers: Record<string, string> = {}) =>
    test.ask('POST', '/trouble', { body: new URLSearchParams({ action, account }), headers });

  it('link to the whole Drive of an account, including every byte', async () => {
    const wanted = new Set(
      (await test.control.tree(ALICE)).flatMap(({ md5, trashed }) => (md5 && !trashed ? [md5] : [])),
    );
    const waiting = links((await test.ask('GET', '/')).text).filter((href) => href.includes('alice'));
    const seen = new Set(waiting);
    const found = new Set<string>();
    for (let href = waiting.pop(); href !== undefined; href = waiting.pop()) {
      const answer = await test.ask('GET', href);
      expect([href, answer.status]).toEqual([href, 200]);
      if (href.includes('/content')) {
        expect(answer.headers['content-disposition']).toMatch(/^attachment; filename\*=UTF-8''/);
        found.add(createHash('md5').update(answer.bytes).digest('hex'));
        continue;
      }
      for (const next of links(answer.text)) if (!seen.has(next) && seen.add(next)) waiting.push(next);
    }
    expect([...wanted].filter((md5) => !found.has(md5))).toEqual([]);
    expect(wanted.size).toBeGreaterThan(20);
  });

  it('hide items that an account may not see, and run no script', async () => {
    const secret = await test.file('secret', 'x');
    for (const path of [
      `/browse/bob@example.com/${secret}/content`,
      '/browse/eve@example.com',
      '/browse/bob@example.com/no',
    ])
      expect([path, (await test.ask('GET', path)).status]).toEqual([path, 404]);
    await test.folder('<img src=x onerror=alert(1)>');
    const page = await test.ask('GET', `/browse/${ALICE}`);
    expect(page.text).not.toContain('<img src=x');
    expect(page.text).toContain('&lt;img');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.text).not.toMatch(/(src|href)="https?:/);
  });

  it('cause and clear failures with buttons', async () => {
    const create = async () => (await test.drive('POST', 'files', { body: {} })).status;
    const write = () => test.file('weight', 'x').then(() => 'written', String);
    expect((await press('day')).status).toBe(303);
    expect(await write()).toContain('User rate limit exceeded.');
    expect((await test.ask('GET', '/')).text).toContain('750 GB day is used up until');
    await press('clear');
    expect(await write()).toBe('written');
    await press('fill');
    expect(await write()).toContain('storageQuotaExceeded');
    await press('clear');
    await press('google');
    expect((await test.control.adjust({})).quotas).toMatchObject({ bytesPerDay: 750e9 });
    await press('slow');
    expect((await test.control.adjust({})).latencyMs).toBe('realistic');
    await press('clear');
    expect(await create()).toBe(200);
    await press('expire');
    expect(await create()).toBe(401);
    await test.signIn();
    await press('revoke');
    expect(await create()).toBe(401);
    await test.signIn();
    await press('tomorrow');
    expect(await create()).toBe(401);
  });

  it('show who has access to an item, and why', async () => {
    const office = await TestSandbox.start({ presets: [{ preset: 'office' }] });
    try {
      const about = async (name: string, email = ALICE): Promise<string> => {
        const item = (await office.control.tree(ALICE, { checksums: false })).find((each) => each.name === name);
        return (await office.ask('GET', `/browse/${email}/${item?.id}/about`)).text;
      };
      expect(await about('Drafts')).toMatch(/desk@newspaper\.example <span class="quiet">\(no account\)<\/span>/);
      expect(await about('Personnel files')).toContain('This folder has limited access');
      expect(await about('Price list.pdf')).toContain('Anyone, found by searching');
      expect(await about('Handbook')).toContain('Everyone at example.com');
      const invoice = await about('Contract.docx');
      expect(invoice).toMatch(/sales@example\.com<\/a> \(group\)<\/td><td>writer<\/td><td><a href="[^"]+">Clients/);
      expect((await office.ask('GET', '/browse/bob@example.com')).text).not.toContain('Salaries');
      expect(await about('Salaries', 'bob@example.com')).toContain('Not Found');

      const list = (await office.ask('GET', `/browse/${ALICE}`)).text;
      expect(list).toContain('aria-label="About Clients">1 person, 2 groups</a>');
      const groups = (await office.ask('GET', '/groups')).text;
      expect(groups).toContain('href="/groups/everyone%40example.com"');
      const sales = (await office.ask('GET', '/groups/sales%40example.com')).text;
      expect(sales).toContain('<a href="/groups/sales.north%40example.com">');
      expect(sales).toContain('Clients');
      expect((await office.ask('GET', '/groups/none@example.com')).status).toBe(404);
      expect((await office.ask('GET', '/')).text).toContain('13 more accounts');
    } finally {
      await office.close();
    }
  });

  it('refuse forms from other sites', async () => {
    expect((await press('revoke', ALICE, { origin: 'https://example.org' })).status).toBe(403);
    expect((await press('revoke', ALICE, { origin: 'null' })).status).toBe(403);
    expect((await test.drive('GET', 'about?fields=kind')).status).toBe(200);
    expect((await press('clear', ALICE, { origin: test.sandbox.url })).status).toBe(303);
    expect((await press('explode')).status).toBe(400);
    expect((await press('fill', 'eve@example.com')).text).toContain('There is no account eve@example.com');
  });
});

describe('the contents of an account', () => {
  it('can be hostile items, which the API returns', async () => {
    const test = await TestSandbox.start({ presets: [{ preset: 'hostile', account: ALICE }] });
    try {
      const files: Json[] = [];
      let token = '';
      do {
        const fields = encodeURIComponent('nextPageToken,files(id,name,size,capabilities(canCopy))');
        const { json } = await test.drive('GET', `files?pageSize=1000&fields=${fields}&pageToken=${token}`);
        files.push(...(json['files'] as unknown as Json[]));
        token = (json['nextPageToken'] as string | undefined) ?? '';
      } while (token !== '');
      const named = (name: string) => files.filter((file) => (file['name'] as unknown) === name);
      expect(named('../../etc/passwd').length).toBe(3);
      expect(named('same name.txt').length).toBe(7);
      expect(named('huge.bin')[0]).toMatchObject({ size: '5000000000' });
      expect(named('only look.txt')[0]).toMatchObject({ capabilities: { canCopy: false } });
      expect(named('copy me.txt')[0]).toMatchObject({ capabilities: { canCopy: true } });
      expect(named('Too large to export')).toHaveLength(1);
      const big = await test.drive(
        'GET',
        `files/${text(named('Too large to export')[0]?.['id'])}/export?mimeType=text/plain`,
      );
      expect(big.text).toContain('exportSizeLimitExceeded');
    } finally {
      await test.close();
    }
  });

  it('can be a folder with stubs of Google documents', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-stubs-'));
    const test = await TestSandbox.start();
    try {
      mkdirSync(join(folder, 'sub'));
      const stub = JSON.stringify({ '': 'WARNING!', doc_id: '1abc', resource_key: '', email: 'me@example.com' });
      writeFileSync(join(folder, 'Letter.gdoc'), stub);
      writeFileSync(
        join(folder, 'sub', 'Sums.v2.gsheet'),
        JSON.stringify({ url: 'https://docs.google.com/open?id=1' }),
      );
      writeFileSync(join(folder, 'Poll.gform'), stub);
      writeFileSync(join(folder, 'not one.gdoc'), 'just text');
      const result = await test.control.import(ALICE, folder);
      expect(result).toMatchObject({ files: 1, documents: 3, bytes: 9 });
      const tree = await test.control.tree(ALICE);
      const google = (name: string) => `application/vnd.google-apps.${name}`;
      expect(
        tree
          .map(({ name, mimeType }) => [name, mimeType])
          .slice(1)
          .sort(),
      ).toEqual([
        ['Letter', google('document')],
        ['Poll', google('form')],
        ['Sums.v2', google('spreadsheet')],
        ['not one.gdoc', 'application/octet-stream'],
        ['sub', google('folder')],
      ]);
      const letter = tree.find(({ name }) => name === 'Letter');
      const exported = await test.drive('GET', `files/${letter?.id}/export?mimeType=text/plain`);
      expect(exported.text).toContain('Letter');
    } finally {
      await test.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
