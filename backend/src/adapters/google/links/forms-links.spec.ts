import { planRewrite } from '../../../engine/links/document-links.js';
import { linksInForm } from './forms-links.js';

const OLD = '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE';
const NEW = '1NewNewNewNewNewNewNewNewNewNewNewNewNewNe-_';
const newIdOf = (id: string) => (id === OLD ? NEW : undefined);

describe('the spreadsheet that receives the responses to a form', () => {
  it('is left to a person if it was copied', () => {
    const { links, batches } = planRewrite(linksInForm({ linkedSheetId: OLD }), newIdOf, 1);
    const newText = `https://docs.google.com/spreadsheets/d/${NEW}`;
    expect(links).toEqual([expect.objectContaining({ outcome: 'unsupported', reason: 'form_destination', newText })]);
    expect(batches).toEqual([]);
  });

  it('is outside if it was not copied, and missing in a form without one', () => {
    expect(planRewrite(linksInForm({ linkedSheetId: NEW }), newIdOf, 1).links).toEqual([
      expect.objectContaining({ outcome: 'outside' }),
    ]);
    expect(planRewrite(linksInForm({}), newIdOf, 1).links).toEqual([]);
  });
});
