import { Clipboard } from '@angular/cdk/clipboard';
import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { render, screen, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { aTransfer } from '../../../../testing/builders';
import { rest } from '../../../../testing/portal-http';
import { Transfer, TransferUpdates } from '../../../core/transfer-updates';
import { en } from '../../../texts/en';
import { Figures } from '../../../ui/figures';
import { ArrivedPanel } from './arrived-panel';
import { CertificateCard } from './certificate-card';
import { NextSteps } from './next-steps';
import { finishedFigures } from './finished-figures';
import { accessLines, isCertified, linkLines, proofOf } from './proof';
import { TransferName } from './transfer-name';

const SHA256 = '7c1e40b29f6d11a8c3350f7e2b94d6018a7cce1155f093ab620d4471e83b9f42';
const IN_GROUPS = '7c1e 40b2 9f6d 11a8 c335 0f7e 2b94 d601 8a7c ce11 55f0 93ab 620d 4471 e83b 9f42';
const ARRIVED: NonNullable<Transfer['arrived']> = {
  items: 100,
  bytes: 4096,
  byKind: [
    { kind: 'folder', items: 20, bytes: 0 },
    { kind: 'document', items: 30, bytes: 0 },
    { kind: 'pdf', items: 50, bytes: 4096 },
  ],
  byFolder: [{ name: 'Scans', id: 'copy1', items: 60, bytes: 4000 }],
  moreFolders: { folders: 193, items: 39, bytes: 80 },
  singleFiles: { items: 1, bytes: 16 },
};
const done = (parts: Partial<Transfer> = {}): Transfer => ({
  ...aTransfer({ state: 'completed', counts: { found: 100, verified: 100 } }),
  finishedAt: '2026-11-24T11:14:00.000Z',
  verification: { closingCheck: true, checksum: 50, presence: 50 },
  arrived: ARRIVED,
  reportSha256: SHA256,
  ...parts,
});
const copied: string[] = [];
const providers = [
  provideHttpClient(),
  provideHttpClientTesting(),
  provideRouter([]),
  { provide: Clipboard, useValue: { copy: (text: string) => (copied.push(text), true) } },
];
beforeEach(() => copied.splice(0));

describe('what arrived', () => {
  const rowsOf = (name: string) =>
    within(screen.getByRole('table', { name }))
      .getAllByRole('row')
      .map((row) => row.textContent.replaceAll(/\s+/g, ' ').trim());

  it('is shown by kind and by folder with sums, and each folder opens as the destination', async () => {
    await render(ArrivedPanel, { inputs: { arrived: ARRIVED, account: 'archive@example.com' }, providers });
    expect(rowsOf('What arrived, by kind').slice(1)).toEqual([
      'Folders20—',
      'Documents30—',
      'PDF504 KB',
      'Arrived1004 KB',
    ]);
    expect(rowsOf('What arrived, by folder').slice(1)).toEqual([
      'Scans603.9 KB',
      '193 more folders3980 B',
      '1 file outside folders116 B',
      'Arrived1004 KB',
    ]);
    expect(screen.getByRole('link', { name: 'Open Scans in Drive (opens in a new tab)' })).toHaveAttribute(
      'href',
      'https://drive.google.com/drive/folders/copy1?authuser=archive%40example.com',
    );
  });
});

describe('the certificate', () => {
  it('splits the items that were read back, so that the figures add up to the verified ones', () => {
    const { checksum, documents = 0, structure = 0 } = proofOf(done());
    expect([checksum, documents, structure]).toEqual([50, 30, 20]);
    expect(proofOf(done({ arrived: undefined }))).toEqual({ checksum: 50, readBack: 50 });
  });

  it.each([
    ['completed', true, true],
    ['completed_with_failures', true, true],
    ['canceled', false, false],
    ['undone', false, false],
  ] as const)('of a transfer that is %s: %s', (state, closingCheck, expected) => {
    expect(isCertified(done({ state, verification: { closingCheck, checksum: 50, presence: 50 } }))).toBe(expected);
  });

  it('copies the full fingerprint, by the button and from the shortened text', async () => {
    const { fixture } = await render(CertificateCard, { inputs: { transfer: done() }, providers });
    await userEvent.click(screen.getByRole('button', { name: 'Copy the fingerprint' }));
    expect(copied).toEqual([IN_GROUPS]);
    const data = new Map<string, string>();
    const event = Object.assign(new Event('copy', { bubbles: true, cancelable: true }), {
      clipboardData: { setData: (type: string, text: string) => data.set(type, text) },
    });
    (fixture.nativeElement as HTMLElement).querySelector('code')!.dispatchEvent(event);
    expect(data.get('text/plain')).toBe(IN_GROUPS);
    expect(event.defaultPrevented).toBe(true);
  });
});

it('copies a note with the address of each folder, for people with accounts of their own', async () => {
  await render(NextSteps, { inputs: { transfer: done() }, providers });
  await userEvent.click(screen.getByRole('button', { name: 'Copy note' }));
  expect(copied).toEqual([
    'These folders from ana@example.com are now at archive@example.com:\n\nScans: https://drive.google.com/drive/folders/copy1',
  ]);
});

describe('links', () => {
  const unread = [{ code: 'api_off' as const, title: '', advice: '', count: 3, retryable: true }];
  const links: Transfer['links'] = {
    ...aTransfer().links,
    ...{ mode: 'rewrite', found: 1912, rewritten: 1688, outside: 197, unsupported: 21, failed: 6 },
    documents: { read: 1702, unread },
  };
  const figure = (parts: Partial<Transfer['links']> = {}) =>
    finishedFigures(done({ links: { ...links, ...parts } }), en).at(-1);

  it('are a figure beside the others, with what is left to do', () => {
    expect(figure()).toEqual({
      name: 'Links',
      value: '1,688 rewritten',
      more: '6 failed, 21 to change manually, 3 documents not read',
      link: { label: 'See them', tab: 'links' },
    });
    const listed = { mode: 'report', rewritten: 0, waiting: 1694, failed: 0 } as const;
    expect(figure(listed)).toMatchObject({
      value: '1,912 found',
      more: '1,694 lead to originals that were copied, 21 to change manually, 3 documents not read',
    });
    const one = { failed: 0, unsupported: 1, documents: { read: 1702, unread: [] } };
    expect(figure(one)).toMatchObject({ more: '1 to change manually', link: { label: 'See it' } });
    const clean = { failed: 0, unsupported: 0, documents: { read: 1702, unread: [] } };
    expect(figure(clean)).not.toHaveProperty('link');
    expect(figure({ mode: 'leave' })?.name).toBe('Temporary shares');
  });

  it('are a line of the certificate if they were rewritten', async () => {
    await render(CertificateCard, { inputs: { transfer: done({ links }) }, providers });
    expect(screen.getByText('Links in documents').nextElementSibling).toHaveTextContent('1,688 of 1,912 rewritten');
    expect(linkLines(done(), en.links.transfer.certificate)).toEqual([]);
  });
});

describe('permissions and restrictions', () => {
  const t = en.access.transfer.certificate;
  const restrictions = { wanted: 9, applied: 7, refused: 2, waiting: 0, reasons: [] };

  it('are a figure with those that are not as wanted, and lead to them', async () => {
    const sharing = { ...done().sharing, mode: 'carry', wanted: 1842, equal: 1824, narrower: 18 } as const;
    const figures = finishedFigures(done({ sharing }), en);
    expect(figures.map(({ name }) => name)).toEqual(['Size', 'Took', 'Originals', 'Access']);
    await render(Figures, { inputs: { figures }, providers });
    expect(screen.getByText('Access').nextElementSibling).toHaveTextContent(
      '1,824 of 1,842 as wanted 18 less than wanted See the 18',
    );
    expect(screen.getByRole('link', { name: 'See the 18' })).toHaveAttribute('href', '/?tab=access');
    const links = { ...done().links, mode: 'rewrite' } as const;
    const names = (parts: Partial<Transfer>) => finishedFigures(done(parts), en).map(({ name }) => name);
    expect(names({ sharing, links })).toEqual(['Size', 'Took', 'Access', 'Links']);
    expect(names({ sharing: { ...sharing, wanted: 0 } })).toEqual(['Size', 'Took', 'Originals', 'Temporary shares']);
    expect(finishedFigures(done({ sharing: { ...sharing, equal: 1842, narrower: 0 } }), en).at(-1)).toEqual({
      name: 'Access',
      value: '1,842 of 1,842 as wanted',
      more: '',
    });
  });

  it('are lines of the certificate if sharing was carried over', async () => {
    const sharing = { ...done().sharing, mode: 'carry', wanted: 1842, equal: 1830, restrictions } as const;
    await render(CertificateCard, { inputs: { transfer: done({ sharing }) }, providers });
    const value = (name: string) => screen.getByText(name).nextElementSibling;
    expect(value('Permissions of the copies')).toHaveTextContent('1,830 of 1,842 as wanted');
    expect(value('Restrictions of the copies')).toHaveTextContent('7 of 9 set');
    const unread = accessLines({ sharing: { ...sharing, unreadable: 4 } }, t);
    expect(unread[1]).toEqual({ name: t.unreadable, value: '4' });
    expect(accessLines(done(), t)).toEqual([]);
    expect(accessLines({ sharing: { ...sharing, restrictions: done().sharing.restrictions } }, t)).toHaveLength(1);
  });
});

describe('the name', () => {
  async function show(transfer: Transfer) {
    const { fixture } = await render(TransferName, { inputs: { transfer }, providers });
    const http = TestBed.inject(HttpTestingController);
    const box = () => screen.getByRole('textbox', { name: 'Name of the transfer' });
    const open = async () => {
      await userEvent.click(screen.getByRole('button', { name: 'Rename this transfer' }));
      await rest();
    };
    const answer = async (name: string | undefined) => {
      const request = http.expectOne({ method: 'PATCH', url: '/api/transfers/tr1' });
      request.flush({ ...transfer, name, revision: 2 });
      await rest();
      return request.request.body as object;
    };
    return { fixture, http, box, open, answer };
  }

  it('is the selection’s until one is entered, which Enter saves', async () => {
    const { box, open, answer } = await show(done());
    expect(screen.getByText('Board decks and Brand')).toBeInTheDocument();
    await open();
    expect(box()).toHaveFocus();
    expect(box()).toHaveAttribute('placeholder', 'Board decks and Brand');
    await userEvent.type(box(), '  For the archive {Enter}');
    expect(await answer('For the archive')).toEqual({ name: 'For the archive' });
    expect(TestBed.inject(TransferUpdates).transfer('tr1')?.name).toBe('For the archive');
    expect(screen.getByRole('button', { name: 'Rename this transfer' })).toHaveFocus();
  });

  it('is removed by an empty one, and kept by Escape', async () => {
    const { http, box, open, answer } = await show(done({ name: 'Old' }));
    await open();
    await userEvent.type(box(), 'X{Escape}');
    await rest();
    expect(screen.getByText('Old')).toBeInTheDocument();
    http.expectNone({ method: 'PATCH' });
    await open();
    await userEvent.clear(box());
    await userEvent.keyboard('{Enter}');
    expect(await answer(undefined)).toEqual({ name: null });
  });

  it('explains beside the field why one was rejected or is too long', async () => {
    const { http, box, open } = await show(done());
    await open();
    await userEvent.click(box());
    await userEvent.paste('x'.repeat(101));
    await userEvent.keyboard('{Enter}');
    expect(screen.getByRole('alert')).toHaveTextContent('A name can have at most 100 characters.');
    expect(box()).toHaveAttribute('aria-invalid', 'true');
    await userEvent.clear(box());
    await userEvent.paste('rtl\u202egpj');
    await userEvent.keyboard('{Enter}');
    const problem = { code: 'invalid_request', title: 'The request is not valid', status: 400 };
    http.expectOne({ method: 'PATCH' }).flush(problem, { status: 400, statusText: 'Bad Request' });
    await rest();
    expect(screen.getByRole('alert')).toHaveTextContent('Enter a single line without control characters.');
  });
});
