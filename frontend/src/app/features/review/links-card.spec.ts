import { Clipboard } from '@angular/cdk/clipboard';
import { TestBed } from '@angular/core/testing';
import { provideRouter, withComponentInputBinding } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { screen, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { aPreflight } from '../../../testing/builders';
import { confirmSession, network, portalHttp, rest, storeTokens } from '../../../testing/portal-http';
import { Preflight } from '../../api/models/preflight';
import { SessionStore } from '../../core/sessions';
import ReviewPage from './review-page';

const LINKS: Preflight['links'] = {
  mode: 'rewrite',
  byKind: [
    { kind: 'document', documents: 1120, sampled: 40, estimate: 1150 },
    { kind: 'spreadsheet', documents: 402, sampled: 0, estimate: 0 },
    { kind: 'presentation', documents: 180, sampled: 40, estimate: 550 },
  ],
  sample: 80,
  apiOff: [],
};
const OFF: Preflight['links']['apiOff'] = [
  {
    kind: 'spreadsheet',
    documents: 402,
    consoleUrl: 'https://console.cloud.google.com/apis/library/sheets.googleapis.com',
  },
];
const copied: string[] = [];

async function open(links?: Partial<Preflight['links']>) {
  storeTokens('source', 'destination');
  const routes = [{ path: 'move/review/:preflightId', component: ReviewPage }];
  TestBed.configureTestingModule({
    providers: [
      ...portalHttp(),
      provideRouter(routes, withComponentInputBinding()),
      { provide: Clipboard, useValue: { copy: (text: string) => (copied.push(text), true) } },
    ],
  });
  void TestBed.inject(SessionStore).check();
  await RouterTestingHarness.create('/move/review/pre1');
  await confirmSession('source');
  await confirmSession('destination');
  network()
    .expectOne('/api/preflights/pre1')
    .flush(aPreflight(links && { links: { ...LINKS, ...links } }));
  await rest();
}

const card = () => within(screen.getByRole('region', { name: 'Links in documents' }));
const toggle = () => card().getByRole('button', { name: 'Links in documents' });

afterEach(() => localStorage.clear());

it('leaves links as they are by default, and asks for a recount once they are to be rewritten', async () => {
  await open();
  expect(card().getByText('Links in the copies stay as they are: they lead to the originals.')).toBeVisible();
  expect(screen.getByText(/stay with the originals/)).toBeVisible();
  await userEvent.click(card().getByRole('radio', { name: 'Rewrite' }));
  expect(card().getByText('Recount to see how many links there are.')).toBeVisible();
  await userEvent.click(card().getByRole('button', { name: 'Recount with these settings' }));
  const { request } = network().expectOne('/api/preflights/pre1/recount');
  expect(request.body).toMatchObject({ links: 'rewrite' });
});

it('shows about how many links there are by kind, and from how many documents that was estimated', async () => {
  await open({});
  expect(card().getByText('About 1,700 links to rewrite.')).toBeVisible();
  await userEvent.click(toggle());
  const rows = within(card().getByRole('table', { name: 'Documents with links, by kind' })).getAllByRole('row');
  const figures = rows.map((row) =>
    within(row)
      .queryAllByRole('cell')
      .slice(0, 3)
      .map((cell) => cell.textContent.trim()),
  );
  expect(figures.slice(1)).toEqual([
    ['Docs', '1,120', '1,150'],
    ['Sheets', '402', 'not known'],
    ['Slides', '180', '550'],
  ]);
  expect(card().getByText(/^Estimated from 80 documents that were read\./)).toBeVisible();
  // The estimate is the same for both modes.
  await userEvent.click(card().getByRole('radio', { name: 'List only' }));
  expect(card().getByText('1,150')).toBeVisible();
  expect(card().getByRole('button', { name: 'Recount with these settings' })).toBeEnabled();
});

it('opens by itself where an API is turned off, and copies the address at which a person turns it on', async () => {
  await open({ apiOff: OFF });
  expect(toggle()).toHaveAttribute('aria-expanded', 'true');
  expect(card().getByText('The Sheets API is turned off')).toBeVisible();
  expect(card().getByText(/^The links in 402 documents are not known\./)).toBeVisible();
  await userEvent.click(card().getByRole('button', { name: 'Copy console address' }));
  expect(copied).toEqual([OFF[0]!.consoleUrl]);
});

it('says that there is nothing to rewrite without documents', async () => {
  await open({ byKind: [], sample: 0 });
  expect(card().getByText('No documents that can contain links.')).toBeVisible();
});
