import { LinkPlace } from '../../../api/models/link-place';
import { LinkRow } from '../../../api/models/link-row';
import { speak } from '../../../texts/catalogue';
import { linkReason, placeLabel } from './link-labels';

const place = (kind: LinkRow['kind'], parts: Partial<LinkPlace>) => ({
  kind,
  place: { holder: 'text', part: 'body', container: '', label: '', ...parts } as const,
});

afterEach(() => speak('en'));

it.each([
  [place('document', { container: 'Tab 1', label: 'Budget' }), 'Tab 1, “Budget”'],
  [
    place('document', { container: 'Tab 1', part: 'table', holder: 'chip', label: 'Costs' }),
    'Tab 1, table, chip, “Costs”',
  ],
  [place('document', { part: 'footnote', holder: 'plain_text' }), 'footnote'],
  [place('document', {}), 'Text'],
  [place('spreadsheet', { part: 'sheet', container: 'Regions', label: 'B2' }), 'Regions!B2'],
  [place('spreadsheet', { part: 'sheet', container: 'Regions', label: 'B2', holder: 'note' }), 'Regions!B2, note'],
  [place('presentation', { part: 'slide', container: '14', holder: 'chart' }), 'Slide 14, chart'],
  [place('presentation', { part: 'speaker_notes', container: '14', label: 'here' }), 'Slide 14, speaker notes, “here”'],
  [place('form', { holder: 'responses' }), 'Responses'],
  [{ kind: 'document' } as const, 'Whole document'],
])('names a place as a person finds it: %#', (row, label) => {
  expect(placeLabel(row)).toBe(label);
});

it('names it in German too', async () => {
  await speak('de');
  expect(placeLabel(place('presentation', { part: 'slide', container: '14', holder: 'chart' }))).toBe(
    'Folie 14, Diagramm',
  );
});

it('uses the API’s sentences for a code of a later version', () => {
  expect(linkReason({ code: 'linked_chart', title: 'API', advice: 'API' }).fix).toMatch(/^Unlink the chart/);
  expect(linkReason({ code: 'later', title: 'New', advice: 'Do this.' })).toEqual({ title: 'New', fix: 'Do this.' });
});
