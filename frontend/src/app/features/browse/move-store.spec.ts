// The store without its page; nothing is rendered.
import { createEnvironmentInjector, EnvironmentInjector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { ActivatedRoute, convertToParamMap, Router } from '@angular/router';
import { BehaviorSubject } from 'rxjs';
import { anItem, aPreflight } from '../../../testing/builders';
import { confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../../../testing/portal-http';
import { Connection } from '../../core/connection';
import { Dialogs } from '../../core/dialogs';
import { Selection } from '../../core/selection';
import { SessionStore } from '../../core/sessions';
import { Toasts } from '../../core/toasts';
import { DriveItem, EVERYTHING } from './drive-item';
import { MoveStore } from './move-store';

const FINANCE = anItem({ id: 'fin', name: 'Finance', kind: 'folder' });
const BUDGET = anItem({ id: 'bud', name: 'Budget.pdf', size: 2048 });

const navigate = jest.fn().mockResolvedValue(true);
let address: BehaviorSubject<ReturnType<typeof convertToParamMap>>;
let leave: () => void;

async function open(query: Record<string, string> = {}, selected: DriveItem[] = []): Promise<MoveStore> {
  storeTokens('source', 'destination');
  address = new BehaviorSubject(convertToParamMap(query));
  TestBed.configureTestingModule({
    providers: [
      ...portalHttp(),
      { provide: ActivatedRoute, useValue: { queryParamMap: address } },
      { provide: Router, useValue: { navigate } },
    ],
  });
  void TestBed.inject(SessionStore).check();
  TestBed.inject(Selection).change(selected, true);
  const page = createEnvironmentInjector([MoveStore], TestBed.inject(EnvironmentInjector));
  leave = () => page.destroy();
  const store = page.get(MoveStore);
  TestBed.tick();
  await confirmSession('source');
  await confirmSession('destination');
  return store;
}

async function list(side: 'Source' | 'Destination', files: DriveItem[], nextPageToken?: string): Promise<void> {
  network()
    .expectOne(({ url, headers }) => url === '/list-files' && headers.has(`X-${side}-Token`))
    .flush({ files, incompleteSearch: false, ...(nextPageToken && { nextPageToken }) });
  await rest();
}

const answerPath = (id: string, path: object) =>
  network()
    .expectOne(`/api/folders/${id}/path`)
    .flush({ canAddChildren: true, ...path });

afterEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  jest.clearAllMocks();
});

it('reads folders, search and order from the address, and changes them there', async () => {
  const store = await open({ q: 'budget', sort: '-size', dst: 'archive' });
  expect(store.source.search()).toBe('budget');
  expect(store.source.sort()).toBe('-size');
  expect(store.destination.folderId()).toBe('archive');
  store.source.open(FINANCE);
  expect(navigate).toHaveBeenLastCalledWith([], {
    queryParams: { srcDrive: null, src: 'fin', q: null },
    queryParamsHandling: 'merge',
    replaceUrl: false,
  });
  address.next(convertToParamMap({ src: 'fin' }));
  TestBed.tick();
  expect(store.source.search()).toBe('');
  expect(store.source.folderId()).toBe('fin');
  expect(store.source.takeFocus()).toBe('first row');
  expect(store.source.takeFocus()).toBeUndefined();
});

it.each([
  ['copy', '1 item will be copied to My Drive'],
  ['move', '1 item will be moved to My Drive'],
] as const)('says after a drop what a %s will do', async (mode, words) => {
  const store = await open();
  const offer = jest.spyOn(TestBed.inject(Toasts), 'offer');
  await list('Source', [BUDGET]);
  store.selection.change({ items: [BUDGET], chosen: true });
  store.choose(mode);
  store.drop(undefined);
  expect(offer).toHaveBeenCalledWith(words, 'Review', expect.any(Function));
});

it('states why the selection cannot be counted, one reason at a time', async () => {
  const store = await open();
  await list('Source', [FINANCE, BUDGET]);
  store.selection.change({ items: [BUDGET], chosen: true });
  expect(store.blockedReason()).toBe('');
  store.newFolder.name().value.set(' ');
  expect(store.blockedReason()).toBe('Enter a name for the new folder.');
  store.newFolder.wanted().value.set(false);
  expect(store.blockedReason()).toBe('');
  expect(store.newFolder.name().disabled()).toBe(true);
});

it('suggests a free name for the new folder until the user types one', async () => {
  const store = await open();
  const suggested = store.newFolder.name().value();
  expect(suggested).toContain('Ana Ruiz');
  await list('Destination', [anItem({ name: suggested, kind: 'folder' })]);
  expect(store.newFolder.name().value()).toBe(`${suggested} (2)`);
  store.newFolder.name().value.set('Mine');
  store.destination.show(anItem({ name: `${suggested} (2)`, kind: 'folder' }));
  TestBed.tick();
  expect(store.newFolder.name().value()).toBe('Mine');
});

it('treats a selected folder as everything in it, and refuses more than a transfer accepts', async () => {
  const store = await open();
  const many = Array.from({ length: 1001 }, (_, index) => anItem({ id: `i${index}` }));
  await list('Source', many, 'more');
  store.selection.change({ items: many, chosen: true });
  expect(store.selection.count()).toBe(0);
  expect(store.selection.refused()).toEqual({ would: 1001, folder: { id: EVERYTHING, name: 'My Drive' } });
  store.selection.chooseFolder(store.selection.refused()!.folder!);
  expect(store.selection.everything()).toBe(true);
  expect(store.selection.included()(many[0]!)).toBe(true);
  expect(store.selection.refused()).toBeUndefined();
});

describe('what was chosen before a review', () => {
  const chosen = (store: MoveStore) => [store.mode(), store.newFolder().value()];

  it('is in the address, for going back to the selection', async () => {
    const store = await open({ src: 'fin' });
    await list('Source', [BUDGET]);
    store.selection.change({ items: [BUDGET], chosen: true });
    store.choose('move');
    expect(navigate).toHaveBeenLastCalledWith([], {
      queryParams: { mode: 'move' },
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
    store.newFolder.name().value.set('Mine');
    void store.review();
    network()
      .expectOne('/api/preflights')
      .flush(aPreflight({ id: 'new1' }));
    await rest();
    const [kept, opened] = navigate.mock.calls.slice(-2) as [[], object][];
    expect(kept).toEqual([
      [],
      expect.objectContaining({ queryParams: { mode: 'move', into: 'Mine' }, replaceUrl: true }),
    ]);
    expect(opened).toEqual([['/move/review', 'new1'], { queryParamsHandling: 'preserve' }]);
    // Its start empties the selection.
    TestBed.inject(Selection).clearCounted('new1');
    expect(store.selection.count()).toBe(0);
  });

  it('is read from it', async () => {
    const store = await open({ mode: 'move', into: 'Mine' }, [BUDGET]);
    expect(chosen(store)).toEqual(['move', { wanted: true, name: 'Mine' }]);
    expect(navigate).not.toHaveBeenCalled();
  });

  it('may be no new folder', async () => {
    expect(chosen(await open({ into: '' }, [BUDGET]))).toEqual(['copy', expect.objectContaining({ wanted: false })]);
  });

  it('is over, also in the address, once its transfer has started and nothing is selected', async () => {
    const store = await open({ mode: 'move', into: 'Mine' });
    expect(chosen(store)).toEqual(['copy', { wanted: true, name: expect.stringContaining('Ana Ruiz') as string }]);
    expect(navigate).toHaveBeenCalledWith([], {
      queryParams: { mode: null, into: null },
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  });

  it('stays when an earlier address is opened', async () => {
    const store = await open({ mode: 'move' }, [BUDGET]);
    address.next(convertToParamMap({ src: 'fin' }));
    TestBed.tick();
    expect(store.mode()).toBe('move');
  });
});

it('deletes the count, and does not open its review, if the page was left meanwhile', async () => {
  const store = await open();
  await list('Source', [BUDGET]);
  store.selection.change({ items: [BUDGET], chosen: true });
  void store.review();
  leave();
  network().expectOne('/api/preflights').flush(aPreflight());
  await rest();
  network().expectOne({ method: 'DELETE', url: '/api/preflights/pre1' });
  expect(navigate).not.toHaveBeenCalled();
});

it('opens a new folder where it was created, although another folder is shown by then', async () => {
  const store = await open();
  const offer = jest.spyOn(TestBed.inject(Toasts), 'offer');
  jest.spyOn(TestBed.inject(Dialogs), 'open').mockResolvedValue(anItem({ id: 'new', name: 'New', kind: 'folder' }));
  await store.createFolder();
  address.next(convertToParamMap({ dstDrive: 'shared-with-me', dst: 'photos' }));
  TestBed.tick();
  answerPath('photos', { top: 'shared_with_me', path: [{ id: 'photos', name: 'Photos' }] });
  await rest();
  const [, , act] = offer.mock.calls[0]!;
  act();
  expect(navigate).toHaveBeenLastCalledWith(
    [],
    expect.objectContaining({ queryParams: { dstDrive: null, dst: 'new' } }),
  );
  address.next(convertToParamMap({ dst: 'new' }));
  TestBed.tick();
  await rest();
  expect(store.destination.path().map(({ name }) => name)).toEqual(['My Drive', 'New']);
});

describe('a folder whose path could not be loaded', () => {
  const READ_ONLY = {
    top: 'my_drive',
    canAddChildren: false,
    path: [
      { id: 'r', name: '' },
      { id: 'ro', name: 'Rules' },
    ],
  };

  it('is loaded again with its list', async () => {
    const store = await open({ dst: 'ro' });
    refuse('/api/folders/ro/path', 'service_unavailable', 503);
    await rest();
    expect(store.destination.readOnly()).toBe(false);
    store.destination.retry();
    TestBed.tick();
    answerPath('ro', READ_ONLY);
    await rest();
    expect([store.destination.folderName(), store.destination.readOnly()]).toEqual(['Rules', true]);
  });

  it('is loaded again once the connection is restored', async () => {
    const store = await open({ dst: 'ro' });
    refuse('/api/folders/ro/path', 'service_unavailable', 503);
    await rest();
    TestBed.inject(Connection).recoveries.update((count) => count + 1);
    TestBed.tick();
    answerPath('ro', READ_ONLY);
    await rest();
    expect(store.destination.readOnly()).toBe(true);
  });
});

it('knows after a reload that everything in My Drive is selected', async () => {
  const store = await open();
  // All that is known of an item after a reload.
  TestBed.inject(Selection).change([{ id: EVERYTHING }], true);
  await list('Source', [BUDGET]);
  expect(store.selection.items()).toEqual([expect.objectContaining({ name: 'My Drive', kind: 'folder' })]);
});
