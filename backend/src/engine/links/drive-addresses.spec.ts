import {
  changesFor,
  findAddresses,
  parseAddress,
  replaceAddress,
  replaceAddresses,
  withChanges,
} from './drive-addresses.js';

const OLD = '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE';
const NEW = '1NewNewNewNewNewNewNewNewNewNewNewNewNewNe-_';
const newIdOf = (id: string) => (id === OLD ? NEW : undefined);

/** The address is the whole text. `{}` is the id, `«…»` what goes with it. */
const FORMS = [
  // The editors.
  'https://docs.google.com/document/d/{}',
  'https://docs.google.com/document/d/{}/',
  'https://docs.google.com/document/d/{}/edit',
  'https://docs.google.com/document/d/{}/edit?usp=sharing',
  'https://docs.google.com/document/d/{}/edit?usp=drive_link&ouid=101234567890123456789&rtpof=true&sd=true',
  'https://docs.google.com/document/d/{}/edit?tab=t.0#heading=h.1x2y3z',
  'https://docs.google.com/document/d/{}/edit#heading=h.1x2y3z',
  'https://docs.google.com/document/d/{}/edit#bookmark=id.kix.abc',
  'https://docs.google.com/document/d/{}/edit?disco=AAAABCDEFGH',
  'https://docs.google.com/document/d/{}#heading=h.1x2y3z',
  'https://docs.google.com/document/d/{}?tab=t.abc',
  'https://docs.google.com/document/d/{}/view',
  'https://docs.google.com/document/d/{}/preview',
  'https://docs.google.com/document/d/{}/copy',
  'https://docs.google.com/document/d/{}/mobilebasic',
  'https://docs.google.com/document/d/{}/export?format=pdf',
  'https://docs.google.com/document/u/0/d/{}/edit',
  'https://docs.google.com/document/u/12/d/{}/edit?usp=drive_web',
  'https://docs.google.com/u/1/document/d/{}/edit',
  'https://docs.google.com/a/school.example/document/d/{}/edit',
  'https://docs.google.com/a/school.example/spreadsheets/u/1/d/{}/edit#gid=7',
  'https://docs.google.com/spreadsheets/d/{}/edit#gid=0',
  'https://docs.google.com/spreadsheets/d/{}/edit?gid=0#gid=0',
  'https://docs.google.com/spreadsheets/d/{}/edit#gid=123456&range=A1:B2',
  "https://docs.google.com/spreadsheets/d/{}/edit#gid=0&range='My sheet'!A1",
  'https://docs.google.com/spreadsheets/d/{}/edit?usp=sharing#gid=0',
  'https://docs.google.com/spreadsheets/d/{}/export?format=csv&gid=0',
  'https://docs.google.com/spreadsheets/d/{}/gviz/tq?tqx=out:csv&sheet=Rent',
  'https://docs.google.com/spreadsheets/d/{}/htmlview',
  'https://docs.google.com/spreadsheets/d/{}/edit#gid=0&fvid=1234',
  'https://docs.google.com/presentation/d/{}/edit#slide=id.p',
  'https://docs.google.com/presentation/d/{}/edit?slide=id.g1_0_1#slide=id.g1_0_1',
  'https://docs.google.com/presentation/d/{}/present?start=true',
  'https://docs.google.com/presentation/d/{}/embed?start=false&loop=false',
  'https://docs.google.com/forms/d/{}/edit',
  'https://docs.google.com/forms/d/{}/viewform',
  'https://docs.google.com/drawings/d/{}/edit',
  'https://docs.google.com/videos/d/{}/edit',
  'https://docs.google.com/file/d/{}/edit',
  'https://docs.google.com/open?id={}',
  'https://docs.google.com/uc?export=download&id={}',
  // Drive.
  'https://drive.google.com/file/d/{}',
  'https://drive.google.com/file/d/{}/view',
  'https://drive.google.com/file/d/{}/view?usp=sharing',
  'https://drive.google.com/file/d/{}/preview',
  'https://drive.google.com/file/u/0/d/{}/view',
  'https://drive.google.com/a/school.example/file/d/{}/view',
  'https://drive.google.com/drive/folders/{}',
  'https://drive.google.com/drive/folders/{}?usp=drive_link',
  'https://drive.google.com/drive/u/0/folders/{}',
  'https://drive.google.com/drive/u/3/folders/{}?usp=sharing',
  'https://drive.google.com/drive/u/0/mobile/folders/{}',
  'https://drive.google.com/drive/mobile/folders/{}',
  'https://drive.google.com/folder/d/{}/edit',
  'https://drive.google.com/folderview?id={}&usp=sharing',
  'https://drive.google.com/embeddedfolderview?id={}#grid',
  'https://drive.google.com/open?id={}',
  'https://drive.google.com/open?id={}&usp=drive_fs',
  'https://drive.google.com/open?usp=drive_fs&id={}',
  'https://drive.google.com/a/school.example/open?id={}',
  'https://drive.google.com/u/0/open?id={}',
  'https://drive.google.com/uc?id={}',
  'https://drive.google.com/uc?export=view&id={}',
  'https://drive.google.com/u/0/uc?id={}&export=download',
  'https://drive.google.com/thumbnail?id={}&sz=w1000',
  'https://drive.usercontent.google.com/download?id={}&export=download&authuser=0',
  'https://colab.research.google.com/drive/{}?usp=sharing#scrollTo=abc',
  // Schemes, hosts, ports, white space, encoding.
  'http://docs.google.com/document/d/{}/edit',
  'HTTPS://DOCS.GOOGLE.COM/document/d/{}/edit',
  'Http://Drive.Google.Com/open?id={}',
  'docs.google.com/document/d/{}/edit',
  'drive.google.com/drive/folders/{}',
  'https://docs.google.com:443/document/d/{}/edit',
  ' https://docs.google.com/document/d/{}/edit\n',
  'https://docs.google.com/document/d/{}/edit?title=%C3%9Cbersicht%20A#heading=h.%C3%BC',
  'https://docs.google.com/document/d/{}/edit?title=Übersicht',
  // The key of the original goes.
  'https://docs.google.com/document/d/{}/edit«?resourcekey=0-K»',
  'https://docs.google.com/document/d/{}/edit«?resourcekey=0-K»#heading=h.x',
  'https://docs.google.com/document/d/{}/edit?usp=sharing«&resourcekey=0-K_1»',
  'https://docs.google.com/document/d/{}/edit?usp=sharing«&resourcekey=0-K»&sd=true#h',
  'https://docs.google.com/document/d/{}/edit?«resourcekey=0-K&»usp=sharing',
  'https://docs.google.com/document/d/{}/edit?«resourcekey=0-K&»«resourcekey=0-L&»usp=sharing«&resourcekey=0-M»',
  'https://docs.google.com/document/d/{}/edit«?resourcekey=0-K»«&resourcekey=0-L»',
  'https://docs.google.com/document/d/{}/edit«?resourcekey»',
  'https://docs.google.com/document/d/{}/edit«?resourcekey=»#gid=0',
  'https://docs.google.com/document/d/{}/edit?usp=sharing«&amp;resourcekey=0-K»&amp;sd=true',
  'https://docs.google.com/document/d/{}/edit?«resourceKey=0-K&amp;»usp=sharing',
  'https://drive.google.com/open?«resourcekey=0-K&»id={}',
  'https://drive.google.com/open?usp=drive_fs&id={}«&resourcekey=0-K»',
  'https://drive.google.com/drive/folders/{}?«resourcekey=0-K&»usp=drive_link',
  // Redirects of Google's.
  'https://www.google.com/url?q=https://docs.google.com/document/d/{}/edit&sa=D&source=editors&ust=1&usg=A',
  'https://www.google.com/url?q=https%3A%2F%2Fdocs.google.com%2Fdocument%2Fd%2F{}%2Fedit%3Fusp%3Dsharing&sa=D',
  'https://www.google.com/url?q=https://docs.google.com/document/d/{}/edit%23heading%3Dh.x&sa=D',
  'https://google.com/url?sa=t&url=https%3a%2f%2fdrive.google.com%2fopen%3fid%3d{}&usg=A',
  'https://www.google.com/url?q=https://docs.google.com/document/d/{}/edit«?resourcekey=0-K»&sa=D',
  'https://www.google.com/url?q=https://docs.google.com/document/d/{}/edit?usp=sharing«&resourcekey=0-K»&sa=D',
  'https://www.google.com/url?q=https%3A%2F%2Fdrive.google.com%2Ffile%2Fd%2F{}%2Fview«%3Fresourcekey%3D0-K»%23x&sa=D',
];

/** The address is in a text. */
const TEXTS = [
  'See https://docs.google.com/document/d/{}.',
  'See https://docs.google.com/document/d/{}/edit, then go on.',
  '(https://docs.google.com/document/d/{})',
  'Siehe:https://docs.google.com/document/d/{}/edit!',
  '„https://docs.google.com/document/d/{}“',
  '见https://docs.google.com/document/d/{}。然后',
  '›https://docs.google.com/document/d/{}/edit‹',
  'two:\thttps://drive.google.com/open?id={}\nhttps://drive.google.com/file/d/{}/view',
  'https://drive.google.com/open?id={}, https://drive.google.com/open?id={}; https://drive.google.com/open?id={}',
  'https://drive.google.com/open?id={},https://drive.google.com/open?id={}|https://drive.google.com/open?id={}',
  'Key at the end: https://drive.google.com/open?id={}«&resourcekey=0-K».',
  'Id in brackets (https://drive.google.com/open?id={}),(see',
  'Key in brackets (https://drive.google.com/open?id={}«&resourcekey=0-K»),(see',
  '=HYPERLINK("https://docs.google.com/document/d/{}/edit";"see")',
  '=HYPERLINK("https://docs.google.com/document/d/{}/edit«?resourcekey=0-K»#heading=h.x","see")',
  '=IF(A1="";"";IMPORTRANGE("https://docs.google.com/spreadsheets/d/{}";"Rent!A1:B2"))',
  '=IMAGE("https://drive.google.com/uc?export=view&id={}")',
  '=HYPERLINK("docs.google.com/document/d/{}","no scheme")',
  '<a href="https://docs.google.com/document/d/{}/edit?usp=sharing«&amp;resourcekey=0-K»">x</a>',
  "<a href='https://docs.google.com/document/d/{}/edit«?resourcekey=0-K»'>x</a>",
  '&lt;a href=&quot;https://docs.google.com/document/d/{}/edit«?resourcekey=0-K»&quot;&gt;',
  '[a plan](https://docs.google.com/document/d/{}/edit) and [x](https://example.com)',
  '[https://docs.google.com/document/d/{}](https://docs.google.com/document/d/{})',
  '<https://drive.google.com/file/d/{}|chat>',
  '**https://docs.google.com/document/d/{}**',
  '{"url":"https://docs.google.com/document/d/{}","n":1}',
  'https://example.com/a,https://docs.google.com/document/d/{}/edit',
  'docs.google.com/document/d/{}/edit at the beginning, and (drive.google.com/open?id={})',
];

const X = OLD;
/** Neither these nor texts with them change. */
const NEAR_MISSES = [
  // Other hosts.
  `https://docs.google.com.example/document/d/${X}/edit`,
  `https://docs.google.example/document/d/${X}/edit`,
  `https://docs.google.co/document/d/${X}/edit`,
  `https://notdocs.google.com/document/d/${X}/edit`,
  `https://my-docs.google.com/document/d/${X}/edit`,
  `https://docs.google.com-example.net/document/d/${X}/edit`,
  `https://docs.googlе.com/document/d/${X}/edit`,
  `https://docs-google.com/document/d/${X}/edit`,
  `https://x.docs.google.com/document/d/${X}/edit`,
  `https://docs.google.com@example.com/document/d/${X}/edit`,
  `https://ana@docs.google.com/document/d/${X}/edit`,
  `https://docs.google.com\\@example.com/document/d/${X}/edit`,
  `https://docs.google.com:8080/document/d/${X}/edit`,
  `https://docs.google.com./document/d/${X}/edit`,
  `https://example.com/document/d/${X}/edit`,
  `https://drive.google.com.example/file/d/${X}/view`,
  `https://drive.google.example/open?id=${X}`,
  `https://googledrive.com/host/${X}`,
  `https://sites.google.com/d/${X}/edit`,
  `https://mail.google.com/document/d/${X}`,
  `https://accounts.google.com/open?id=${X}`,
  `https://lh3.googleusercontent.com/d/${X}`,
  `http://localhost/document/d/${X}/edit`,
  `https://127.0.0.1/file/d/${X}/view`,
  // In the parameters, paths and fragments of others.
  `https://example.com/?next=https://docs.google.com/document/d/${X}/edit`,
  `https://example.com/?id=${X}`,
  `https://example.com/open?next=docs.google.com/document/d/${X}/edit`,
  `https://example.com/login?to=https%3A%2F%2Fdocs.google.com%2Fdocument%2Fd%2F${X}%2Fedit`,
  `https://web.archive.org/web/2020/https://docs.google.com/document/d/${X}/edit`,
  `https://example.com/#https://docs.google.com/document/d/${X}/edit`,
  `https://example.com/docs.google.com/document/d/${X}/edit`,
  `example.com/?next=https://docs.google.com/document/d/${X}/edit`,
  `https://accounts.google.com/ServiceLogin?continue=https://docs.google.com/document/d/${X}/edit`,
  `https://www.google.com/search?q=https://docs.google.com/document/d/${X}/edit`,
  `https://www.google.com/url?foo=https://docs.google.com/document/d/${X}/edit`,
  `https://www.google.com.example/url?q=https://docs.google.com/document/d/${X}/edit`,
  `https://www.google.com/url?q=https://example.com/document/d/${X}/edit`,
  `https://www.google.com/url?q=https%3A%2F%2Fexample.com%2F%3Fnext%3Dhttps%3A%2F%2Fdocs.google.com%2Fdocument%2Fd%2F${X}`,
  `https://docs.google.com/viewer?url=https://docs.google.com/document/d/${X}/edit`,
  // Other schemes.
  `ftp://docs.google.com/document/d/${X}/edit`,
  `file://docs.google.com/document/d/${X}/edit`,
  `xhttps://docs.google.com/document/d/${X}/edit`,
  `1https://docs.google.com/document/d/${X}/edit`,
  `//docs.google.com/document/d/${X}/edit`,
  `https:/docs.google.com/document/d/${X}/edit`,
  `mailto:${X}@example.com`,
  `${X}@docs.google.com`,
  `ana@docs.google.com/document/d/${X}/edit`,
  `mailto:ana@example.com?body=https://docs.google.com/document/d/${X}/edit`,
  // Other paths and parameters.
  `https://docs.google.com/document/d//edit`,
  `https://docs.google.com/document/d/`,
  `https://docs.google.com/document/u/0/`,
  `https://docs.google.com/document/create`,
  `https://docs.google.com/document/${X}/edit`,
  `https://docs.google.com/Document/D/${X}/edit`,
  `https://docs.google.com/document/u/x/d/${X}/edit`,
  `https://docs.google.com/unknown/d/${X}/edit`,
  `https://docs.google.com/document?id=${X}`,
  `https://docs.google.com/?id=${X}`,
  `https://docs.google.com/document/d/tooshort/edit`,
  `https://docs.google.com/document/d/12345678901234/edit`,
  `https://docs.google.com/document/d/${'a'.repeat(121)}/edit`,
  `https://docs.google.com/document/d/root/edit`,
  `https://docs.google.com/document/d/${X}x/edit`,
  `https://docs.google.com/document/d/${X.slice(0, -1)}/edit`,
  `https://docs.google.com/document/d/%2F${X}/edit`,
  `https://docs.google.com/document/d/${X}%2Fedit`,
  `https://drive.google.com/drive/my-drive`,
  `https://drive.google.com/drive/u/0/shared-with-me`,
  `https://drive.google.com/drive/search?q=${X}`,
  `https://drive.google.com/file/${X}/view`,
  `https://drive.google.com/drive/${X}`,
  `https://drive.google.com/folders/${X}`,
  `https://drive.google.com/open?ID=${X}`,
  `https://drive.google.com/open?fileid=${X}`,
  `https://drive.google.com/open#id=${X}`,
  `https://drive.google.com/open/more?id=${X}`,
  `https://drive.google.com/uc?export=download&file=${X}`,
  `https://drive.google.com/settings?id=${X}`,
  `https://drive.google.com`,
  `docs.google.com`,
  // Not an address at all.
  X,
  `id=${X}`,
  `/document/d/${X}/edit`,
  `document/d/${X}`,
  `#gid=0`,
  '',
];

const FIXED = [
  ['https://docs.google.com/document/d/e/2PACX-1vRabcdefghijklmnop/pub', 'published'],
  ['https://docs.google.com/document/u/1/d/e/2PACX-1vRabcdefghijklmnop/pub', 'published'],
  ['https://docs.google.com/spreadsheets/d/e/2PACX-1vRabcdefghijklmnop/pubhtml?gid=0&single=true', 'published'],
  ['https://docs.google.com/presentation/d/e/2PACX-1vRabcdefghijklmnop/embed?start=false', 'published'],
  ['https://docs.google.com/drawings/d/e/2PACX-1vRabcdefghijklmnop/pub?w=960', 'published'],
  [`https://docs.google.com/document/d/${X}/pub`, 'published'],
  [`https://docs.google.com/document/d/${X}/pub?embedded=true`, 'published'],
  [`https://docs.google.com/spreadsheets/d/${X}/pubhtml`, 'published'],
  [`https://docs.google.com/spreadsheets/d/${X}/pubchart?oid=1&format=image`, 'published'],
  [`https://docs.google.com/document/pub?id=${X}`, 'published'],
  [`https://docs.google.com/forms/d/e/1FAIpQLSdAbCdEfGhIjKlMnOpQrStUv/viewform`, 'form_response'],
  [
    `https://docs.google.com/forms/u/0/d/e/1FAIpQLSdAbCdEfGhIjKlMnOpQrStUv/viewform?usp=pp_url&entry.1=a`,
    'form_response',
  ],
  [`https://docs.google.com/a/school.example/forms/d/e/1FAIpQLSdAbCdEfGhIjKlMnOpQrStUv/formResponse`, 'form_response'],
  [`https://docs.google.com/spreadsheet/viewform?formkey=${X}`, 'form_response'],
  [`https://script.google.com/d/${X}/edit`, 'script'],
  [`https://script.google.com/home/projects/${X}/edit`, 'script'],
  [`https://script.google.com/u/0/home/projects/${X}/edit`, 'script'],
  [`https://script.google.com/macros/s/AKfycbabcdefghijklmnop/exec?id=${X}`, 'script'],
  [`https://script.google.com/a/macros/school.example/s/AKfycbabcdefghijklmnop/exec`, 'script'],
  [`https://www.google.com/url?q=https://script.google.com/d/${X}/edit&sa=D`, 'script'],
] as const;

const before = (row: string, id: string = OLD) => row.replaceAll('{}', id).replace(/[«»]/g, '');
const after = (row: string, id: string = NEW) => row.replaceAll(/«[^»]*»/g, '').replaceAll('{}', id);

describe('addresses of Drive', () => {
  it('has a long table of forms and of near misses', () => {
    expect(FORMS.length).toBeGreaterThanOrEqual(60);
    expect(NEAR_MISSES.length).toBeGreaterThanOrEqual(60);
    for (const rows of [FORMS, TEXTS, NEAR_MISSES]) expect(new Set(rows).size).toBe(rows.length);
  });

  it.each(FORMS)('gives %s another id, as the target of a link', (row) => {
    expect(parseAddress(before(row))).toMatchObject({ id: OLD });
    expect(replaceAddress(before(row), newIdOf)).toBe(after(row));
  });

  // In a text an address ends at a blank.
  it.each([...FORMS.filter((row) => !/\S \S|[^ -~\n«»]/.test(row)), ...TEXTS])('finds the address in %s', (row) => {
    const count = row.split('{}').length - 1;
    expect(findAddresses(before(row))).toEqual(Array(count).fill(expect.objectContaining({ id: OLD })));
    expect(replaceAddresses(before(row), newIdOf)).toBe(after(row));
    expect(replaceAddresses(`x ${before(row)} y`, newIdOf)).toBe(`x ${after(row)} y`);
  });

  it.each([...FORMS, ...TEXTS])('leaves %s as it is if the file was not copied', (row) => {
    expect(replaceAddress(before(row), () => undefined)).toBe(before(row));
    expect(replaceAddresses(before(row), () => undefined)).toBe(before(row));
    // Nor does it remove the key of a file that keeps its id.
    expect(replaceAddresses(before(row), (id) => id)).toBe(before(row));
  });

  it.each(NEAR_MISSES)('does not change “%s”', (text) => {
    expect(replaceAddress(text, newIdOf)).toBe(text);
    for (const whole of [text, `See ${text}.`, `(${text})`, `=HYPERLINK("${text}","x")`, `见${text}。`])
      expect(replaceAddresses(whole, newIdOf)).toBe(whole);
  });

  it.each(FIXED)('recognises %s as %s, which no copy has', (text, fixed) => {
    expect(parseAddress(text)).toEqual({ start: 0, end: text.length, fixed });
    expect(findAddresses(`See ${text}.`)).toEqual([{ start: 4, end: 4 + text.length, fixed }]);
    expect(replaceAddress(text, () => NEW)).toBe(text);
    expect(replaceAddresses(text, () => NEW)).toBe(text);
  });

  it('says where an address is, and what changes in it', () => {
    const text = `See (https://drive.google.com/open?id=${OLD}&resourcekey=0-K).`;
    const [found] = findAddresses(text);
    expect(found && text.slice(found.start, found.end)).toBe(`https://drive.google.com/open?id=${OLD}&resourcekey=0-K`);
    if (!found || 'fixed' in found) throw new Error('not found');
    expect(text.slice(found.at.start, found.at.end)).toBe(OLD);
    expect(withChanges(text, changesFor(found, NEW))).toBe(`See (https://drive.google.com/open?id=${NEW}).`);
  });

  it('takes the ids of shared drives, and ids that are percent-encoded', () => {
    expect(parseAddress('https://drive.google.com/drive/folders/0AAbCdEfGhIjKlUk9PVA')).toMatchObject({
      id: '0AAbCdEfGhIjKlUk9PVA',
    });
    const encoded = OLD.replace('A', '%41').replace('_', '%5F');
    for (const address of ['https://docs.google.com/document/d/{}/edit', 'https://drive.google.com/open?a=b&id={}#x'])
      expect(replaceAddress(before(address, encoded), newIdOf)).toBe(after(address));
  });

  it('reads long texts without repetition in time that grows with their length', () => {
    // Each of these takes hours if an expression tries again from every character.
    const long = 200_000;
    for (const part of [
      'https',
      'https://',
      ',',
      '&amp;',
      'docs.google.com',
      '/d/',
      '%41',
      '.'.repeat(9) + 'a',
      '(https://(',
    ])
      for (const prefix of [
        '',
        'https://docs.google.com/document/d/',
        'https://www.google.com/url?q=',
        'https://x.example/?',
      ])
        expect(findAddresses(prefix + part.repeat(long / part.length))).toEqual(expect.any(Array));
  });
});
