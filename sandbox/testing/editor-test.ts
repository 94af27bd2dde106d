import { serialize } from 'node:v8';
import { DOCS_TYPES } from '../documents/docs-types.ts';
import { SHEETS_TYPES } from '../documents/sheets/types.ts';
import { SLIDES_TYPES } from '../documents/slides-types.ts';
import type { JsonTypes } from '../http/json-types.ts';
import { everythingIn } from './everything.ts';
import { TestSandbox, text, type Answer } from './test-client.ts';

export type Body = Record<string, unknown>;
export type Editor = 'docs' | 'slides' | 'sheets';

interface EditorApi {
  path: string;
  types: JsonTypes;
  /** The types of the bodies of `batchUpdate` and `create`. */
  batch: string;
  resource: string;
  /** The query that shows a whole document. */
  whole: string;
  /** A small document, as the control API describes it. */
  described: object;
}

export const EDITORS: Readonly<Record<Editor, EditorApi>> = {
  docs: {
    path: '/v1/documents',
    types: DOCS_TYPES,
    batch: 'BatchUpdateDocumentRequest',
    resource: 'Document',
    whole: '?includeTabsContent=true',
    described: {
      document: {
        content: ['One two', ['a ', { text: 'link', url: 'https://example.com/' }], { table: [['a', 'b']] }],
        header: ['Header'],
      },
    },
  },
  slides: {
    path: '/v1/presentations',
    types: SLIDES_TYPES,
    batch: 'BatchUpdatePresentationRequest',
    resource: 'Presentation',
    whole: '',
    described: {
      presentation: { slides: [{ title: 'One', body: ['two'], shapes: [{ text: 'three' }], tables: [[['a', 'b']]] }] },
    },
  },
  sheets: {
    path: '/v4/spreadsheets',
    types: SHEETS_TYPES,
    batch: 'BatchUpdateSpreadsheetRequest',
    resource: 'Spreadsheet',
    whole: '?includeGridData=true',
    described: { spreadsheet: { sheets: [{ title: 'Sheet1', rows: [['a', 1]], charts: [{ chartId: 1 }] }] } },
  },
};

const EDITOR_NAMES = Object.keys(EDITORS) as Editor[];

/** Alice's documents in a running sandbox, one for each editor, and requests that must not harm them. */
export class EditorTest {
  readonly test: TestSandbox;
  private readonly ids: Record<Editor, string> = { docs: '', slides: '', sheets: '' };
  private page = '';
  private shape = '';

  private constructor(test: TestSandbox) {
    this.test = test;
  }

  static async start(): Promise<EditorTest> {
    return new EditorTest(await TestSandbox.start());
  }

  async reset(): Promise<void> {
    await this.test.ask('POST', '/__sandbox/reset', { body: {} });
    for (const editor of EDITOR_NAMES) this.ids[editor] = '';
    await this.test.signIn();
    for (const editor of EDITOR_NAMES) await this.make(editor);
  }

  /** Replaces the document by a new one. */
  async make(editor: Editor): Promise<void> {
    const { described } = EDITORS[editor];
    if (this.ids[editor]) await this.test.drive('DELETE', `files/${this.ids[editor]}`);
    const body = { account: 'alice@example.com', name: 'A', ...described };
    const answer = await this.test.ask('POST', '/__sandbox/documents', { body });
    if (answer.status !== 200) throw new Error(answer.text);
    this.ids[editor] = text(answer.json['id']);
    if (editor !== 'slides') return;
    const shown = JSON.parse(await this.shown(editor)) as {
      slides: { objectId: string; pageElements: { objectId: string; shape?: object }[] }[];
    };
    const [slide] = shown.slides;
    this.page = slide?.objectId ?? '';
    this.shape = slide?.pageElements.findLast((element) => element.shape)?.objectId ?? '';
  }

  /** The document as the API returns it. */
  async shown(editor: Editor): Promise<string> {
    const { path, whole } = EDITORS[editor];
    const answer = await this.test.ask('GET', `${path}/${this.ids[editor]}${whole}`, { token: this.test.alice });
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.text;
  }

  /** Everything that requests can change; the document as a whole, because a refused request could change a part of it. */
  state(editor: Editor): string {
    const { state } = this.test.sandbox;
    const document = state.store.item(this.ids[editor])?.document;
    return everythingIn(state) + serialize(document).toString('latin1');
  }

  /**
   * Sends a request and checks that an error has Google's format. `{id}` in the path is the document; `PAGE` and `SHAPE` in
   * the body are ids in the presentation, `SHEET` is the spreadsheet.
   */
  async ask(editor: Editor, path: string, body: Body): Promise<Answer> {
    const json = JSON.stringify(body)
      .replaceAll('"PAGE"', `"${this.page}"`)
      .replaceAll('"SHAPE"', `"${this.shape}"`)
      .replaceAll('"SHEET"', `"${this.ids.sheets}"`);
    const answer = await this.test.ask('POST', EDITORS[editor].path + path.replace('{id}', this.ids[editor]), {
      token: this.test.alice,
      headers: { 'content-type': 'application/json' },
      body: json,
    });
    if (answer.status === 200) return answer;
    const { code, message, status } = (answer.json['error'] ?? {}) as unknown as Body;
    const isNotModelled = answer.status === 501 && String(message).startsWith('The sandbox does not model ');
    if (!isNotModelled && (code !== answer.status || answer.status >= 500 || !/^[A-Z_]+$/.test(String(status))))
      throw new Error([editor, path, json, answer.text].map((line) => line.slice(0, 400)).join('\n'));
    return answer;
  }
}
