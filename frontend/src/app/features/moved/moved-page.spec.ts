import { Clipboard } from '@angular/cdk/clipboard';
import { TestBed } from '@angular/core/testing';
import { provideRouter, withComponentInputBinding } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { fireEvent, screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../../../testing/portal-http';
import { SessionStore } from '../../core/sessions';
import { Side } from '../../core/side';
import { LEAVE } from '../../core/sign-in';
import { speak } from '../../texts/catalogue';
import { REPLACE_PAGE } from './moved-link';
import MovedPage from './moved-page';

const OLD = '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456';
const OTHER = '1OtherFileThatNobodyHasCopied01234';
const NEW = '1ZyXwVuTsRqPoNmLkJiHgFeDcBa6543210';
const URL = '/api/copies/search';
const leave = jest.fn();
const replacePage = jest.fn();

async function open(path: string, ...sides: Side[]): Promise<void> {
  storeTokens(...sides);
  TestBed.configureTestingModule({
    providers: [
      ...portalHttp(),
      provideRouter([{ path: 'moved', component: MovedPage }], withComponentInputBinding()),
      { provide: LEAVE, useValue: leave },
      { provide: REPLACE_PAGE, useValue: replacePage },
    ],
  });
  await RouterTestingHarness.create(path);
  void TestBed.inject(SessionStore).check();
  for (const side of sides) await confirmSession(side);
  await rest();
}

const area = () => screen.getByRole('textbox', { name: 'Text with links' });
const write = (text: string) => fireEvent.input(area(), { target: { value: text } });
const aCopy = (parts: object = {}) => ({ sourceId: OLD, destinationId: NEW, name: 'Budget', ...parts });
const replaceButton = () => screen.getByRole('button', { name: 'Replace addresses' });

/** Answers the search, and returns the request. */
async function flush(copies: object[], nextCursor?: string) {
  const call = network().expectOne(URL);
  call.flush({ copies, ...(nextCursor && { nextCursor }) });
  await rest();
  return call.request;
}

afterEach(async () => {
  localStorage.clear();
  sessionStorage.clear();
  leave.mockClear();
  replacePage.mockClear();
  await speak('en');
});

afterAll(() => void Reflect.deleteProperty(globalThis, 'ClipboardItem'));

describe('a text', () => {
  it('gets the addresses of the copies, and nothing of it is sent but ids', async () => {
    await open('/moved', 'source');
    expect(replaceButton()).toBeDisabled();
    write(
      `Secret plan: https://docs.google.com/document/d/${OLD}/edit?resourcekey=0-x#heading=h.1 and ` +
        `https://drive.google.com/file/d/${OTHER}/view, https://example.com/d/${OLD}`,
    );
    await rest();
    await userEvent.click(replaceButton());
    const request = await flush([aCopy()]);
    expect(request.body).toEqual({ ids: [OLD, OTHER] });
    expect(request.headers.get('X-Source-Token')).toBe('source-token');
    expect(screen.getByRole('textbox', { name: 'Result' })).toHaveValue(
      `Secret plan: https://docs.google.com/document/d/${NEW}/edit#heading=h.1 and ` +
        `https://drive.google.com/file/d/${OTHER}/view, https://example.com/d/${OLD}`,
    );
    expect(screen.getByText('1 address replaced')).toBeVisible();
    expect(screen.getByText(/^1 address unchanged: no copy/)).toBeVisible();
    network().verify();
    dispatchEvent(new Event('offline'));
    await rest();
    expect(replaceButton()).toBeDisabled();
    dispatchEvent(new Event('online'));
  });

  it('is searched in all transfers, for at most 500 ids at a time', async () => {
    await open('/moved', 'destination');
    const ids = Array.from({ length: 501 }, (_, index) => `1Id${String(index).padStart(25, '0')}`);
    write(ids.map((id) => `https://drive.google.com/open?id=${id}`).join('\n'));
    await rest();
    await userEvent.click(replaceButton());
    const copies = (from: number, end: number) => ids.slice(from, end).map((id) => aCopy({ sourceId: id }));
    expect((await flush(copies(0, 400), '1.older')).body).toEqual({ ids: ids.slice(0, 500) });
    expect((await flush(copies(400, 500))).body).toEqual({ ids: ids.slice(400, 500), cursor: '1.older' });
    expect((await flush([])).body).toEqual({ ids: ids.slice(500) });
    expect(screen.getByText('500 addresses replaced')).toBeVisible();
  });

  it('keeps the links behind the words of a formatted text', async () => {
    const written: Record<string, string>[] = [];
    Object.assign(globalThis, {
      ClipboardItem: class {
        constructor(readonly parts: Record<string, Blob>) {}
      },
    });
    const clipboard = {
      write: async ([item]: { parts: Record<string, Blob> }[]) => {
        const texts = Object.entries(item!.parts).map(async ([type, blob]) => [type, await textOf(blob)] as const);
        written.push(Object.fromEntries(await Promise.all(texts)));
      },
    };
    Object.defineProperty(navigator, 'clipboard', { value: clipboard, configurable: true });
    await open('/moved', 'source');
    const html = `<p><a href="https://drive.google.com/open?id=${OLD}">the plan</a></p>`;
    fireEvent.paste(area(), {
      clipboardData: { getData: (type: string) => (type === 'text/html' ? html : 'the plan') },
    });
    write('the plan');
    await rest();
    expect(screen.getByText(/^Links behind words are included/)).toBeVisible();
    await userEvent.click(replaceButton());
    expect((await flush([aCopy()])).body).toEqual({ ids: [OLD] });
    await userEvent.click(screen.getByRole('button', { name: 'Copy result' }));
    await rest();
    expect(written).toEqual([{ 'text/plain': 'the plan', 'text/html': html.replace(OLD, NEW) }]);
    write('the plan, changed');
    await rest();
    expect(screen.queryByText(/^Links behind words/)).toBeNull();
    expect(replaceButton()).toBeDisabled();
  });

  it('stays when the server does not answer, and can be sent again', async () => {
    await open('/moved', 'source');
    write(`https://drive.google.com/open?id=${OLD}`);
    await rest();
    await userEvent.click(replaceButton());
    refuse(URL, 'rate_limited', 429, { retryAfter: 3 });
    await rest();
    expect(screen.getByRole('alert')).toBeVisible();
    await userEvent.click(replaceButton());
    await flush([aCopy()]);
    expect(screen.queryByRole('alert')).toBeNull();
    const copied = jest.spyOn(TestBed.inject(Clipboard), 'copy').mockReturnValue(true);
    await userEvent.click(screen.getByRole('button', { name: 'Copy result' }));
    expect(copied).toHaveBeenCalledWith(`https://drive.google.com/open?id=${NEW}`);
  });

  it('needs a connected account, and German has words for that', async () => {
    await open('/moved');
    expect(screen.getByText('No account is connected')).toBeVisible();
    await speak('de');
    await rest();
    await userEvent.click(screen.getByRole('button', { name: 'Ziel verbinden' }));
    expect(leave).toHaveBeenCalledWith('/auth/destination');
    expect(sessionStorage.getItem('cloudmover.returnTo')).toBe('/moved');
  });
});

describe('a link to one original', () => {
  it('opens the copy at the same place in it, instead of this page', async () => {
    await open(`/moved?id=${OLD}#heading=h.1`, 'source');
    const webViewLink = `https://docs.google.com/document/d/${NEW}/edit`;
    expect((await flush([aCopy({ webViewLink })])).body).toEqual({ ids: [OLD] });
    expect(replacePage.mock.calls).toEqual([[`${webViewLink}#heading=h.1`]]);
  });

  it.each([undefined, 'javascript:alert(1)'])('opens it by its id if its address is %s', async (webViewLink) => {
    await open(`/moved?id=${OLD}`, 'source');
    await flush([aCopy(webViewLink ? { webViewLink } : {})]);
    expect(replacePage.mock.calls).toEqual([[`https://drive.google.com/open?id=${NEW}`]]);
  });

  it('leads to the original if there is no copy', async () => {
    await open(`/moved?id=${OLD}#gid=7`, 'source');
    await flush([]);
    expect(screen.getByRole('heading', { name: 'No copy found' })).toBeVisible();
    expect(screen.getByRole('link', { name: 'Open the original' })).toHaveAttribute(
      'href',
      `https://drive.google.com/open?id=${OLD}#gid=7`,
    );
    expect(replacePage).not.toHaveBeenCalled();
  });

  it('asks nobody about what is no id, and links nowhere', async () => {
    await open('/moved?id=%2F%2Fevil.example', 'source');
    expect(screen.getByRole('heading', { name: 'No copy found' })).toBeVisible();
    expect(screen.queryByRole('link', { name: 'Open the original' })).toBeNull();
    network().expectNone(URL);
  });

  it('asks to connect first, and returns to it', async () => {
    await open(`/moved?id=${OLD}#gid=7`);
    network().expectNone(URL);
    await userEvent.click(screen.getByRole('button', { name: 'Connect source' }));
    expect(leave).toHaveBeenCalledWith('/auth/source');
    expect(sessionStorage.getItem('cloudmover.returnTo')).toBe(`/moved?id=${OLD}#gid=7`);
  });

  it('says what failed, and looks again', async () => {
    await open(`/moved?id=${OLD}`, 'source');
    refuse(URL, 'service_unavailable', 503);
    await rest();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await flush([aCopy()]);
    expect(replacePage).toHaveBeenCalledTimes(1);
  });
});

/** Jsdom's blobs have no `text`. */
const textOf = (blob: Blob): Promise<string> =>
  new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.readAsText(blob);
  });
