import { guardedUpdate } from './batch-update.js';
import type { GoogleDocument } from './docs-links.js';
import { rewriteDocument } from '../../../../test/support/linked-documents.js';

const OLD = '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE';
const NEW = '1NewNewNewNewNewNewNewNewNewNewNewNewNewNe-_';
const URL = `https://docs.google.com/document/d/${OLD}/edit`;
const newIdOf = (id: string) => (id === OLD ? NEW : undefined);

type Content = NonNullable<NonNullable<NonNullable<GoogleDocument['tabs']>[0]['documentTab']>['body']>['content'];
const document = (content: Content, more: object = {}): GoogleDocument => ({
  tabs: [{ tabProperties: { tabId: 't.0', title: 'Plan' }, documentTab: { body: { content: content! }, ...more } }],
});
const paragraph = (...elements: object[]) => ({ paragraph: { elements } });

/** What the sandbox does not have. `backend/test/integration/links-in-docs.spec.ts` executes the requests. */
describe('links in Docs that cannot be rewritten', () => {
  it('are those of linked charts, images and suggested links', () => {
    const linkedContentReference = { sheetsChartReference: { spreadsheetId: OLD, chartId: 1 } };
    const chart = { embeddedObject: { title: 'Rent', linkedContentReference } };
    const link = { link: { url: URL } };
    const { links, batches } = rewriteDocument(
      document(
        [
          paragraph(
            { startIndex: 1, endIndex: 2, inlineObjectElement: { inlineObjectId: 'kix.1', textStyle: link } },
            {
              startIndex: 2,
              endIndex: 6,
              textRun: {
                content: 'see\n',
                textStyle: {},
                suggestedTextStyleChanges: { 'suggest.1': { textStyle: link } },
              },
            },
          ),
        ],
        {
          inlineObjects: { 'kix.1': { inlineObjectProperties: chart } },
          positionedObjects: { 'kix.2': { positionedObjectProperties: chart } },
        },
      ),
      newIdOf,
    );
    expect(batches).toEqual([]);
    const newText = URL.replace(OLD, NEW);
    const newSheet = `https://docs.google.com/spreadsheets/d/${NEW}`;
    expect(
      links.map(({ place, ...link }) => [place.holder, place.label, 'reason' in link && [link.reason, link.newText]]),
    ).toEqual([
      ['image', '', ['linked_image', newText]],
      ['text', '', ['suggestion', newText]],
      ['chart', 'Rent', ['linked_chart', newSheet]],
      ['chart', 'Rent', ['linked_chart', newSheet]],
    ]);
  });

  it('are published documents and forms to fill in, whatever was copied', () => {
    const url = 'https://docs.google.com/forms/d/e/1FAIpQLSdAbCdEfGhIjKlMnOpQrStUv/viewform';
    const textRun = { content: `form ${url.replace('forms', 'document')}\n`, textStyle: { link: { url } } };
    const { links } = rewriteDocument(document([paragraph({ startIndex: 1, endIndex: 90, textRun })]), () => NEW);
    expect(links).toEqual([expect.objectContaining({ outcome: 'unsupported', reason: 'form_response', text: url })]);
  });

  it('count as outside if what they lead to was not copied', () => {
    const chart = {
      embeddedObject: { linkedContentReference: { sheetsChartReference: { spreadsheetId: `${OLD}x` } } },
    };
    const { links } = rewriteDocument(
      document([], { inlineObjects: { 'kix.1': { inlineObjectProperties: chart } } }),
      newIdOf,
    );
    expect(links).toEqual([expect.objectContaining({ outcome: 'outside' })]);
  });
});

it('requires the revision that was read', () => {
  const textRun = { content: 'see\n', textStyle: { link: { url: URL }, underline: true, bold: true } };
  const { batches } = rewriteDocument(document([paragraph({ startIndex: 1, endIndex: 5, textRun })]), newIdOf);
  expect(guardedUpdate(batches[0]!, 'revision')).toEqual({
    requests: [
      {
        updateTextStyle: {
          range: { startIndex: 1, endIndex: 4, tabId: 't.0' },
          textStyle: { link: { url: URL.replace(OLD, NEW) }, underline: true },
          fields: 'link,foregroundColor,underline',
        },
      },
    ],
    writeControl: { requiredRevisionId: 'revision' },
  });
});
