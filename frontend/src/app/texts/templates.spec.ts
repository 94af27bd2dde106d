import {
  AST,
  CombinedRecursiveAstVisitor,
  LiteralPrimitive,
  parseTemplate,
  TmplAstText,
  TmplAstTextAttribute,
  tmplAstVisitAll,
} from '@angular/compiler';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const APP = join(import.meta.dirname, '..');

/** Attributes that people read. */
const SPOKEN =
  /^(aria-label|aria-description|aria-valuetext|aria-roledescription|alt|title|placeholder|heading|label)$/;
/** Starts with a capitalised word, which no identifier in a template does. */
const SENTENCE = /^\p{Lu}\p{Ll}+([ ,.].*)?$/su;
const LETTERS = /\p{L}/u;

/** Names and keys that are the same in every language. */
const NAMES = new Set(['CloudMover', 'Bearer', 'Esc', 'Enter', 'Ctrl', 'Space', 'K', 'g', 'm', 't', 's']);

class VisibleText extends CombinedRecursiveAstVisitor {
  readonly found: string[] = [];

  override visitText({ value }: TmplAstText): void {
    this.note(value, LETTERS);
  }
  override visitTextAttribute({ name, value }: TmplAstTextAttribute): void {
    if (SPOKEN.test(name)) this.note(value, LETTERS);
  }
  override visitLiteralPrimitive({ value }: LiteralPrimitive): void {
    if (typeof value === 'string') this.note(value, SENTENCE);
  }
  override visit(node: AST | Parameters<CombinedRecursiveAstVisitor['visit']>[0]): void {
    // The parts of an interpolation such as "Hello {{ name }}".
    const strings = node instanceof Object && 'strings' in node ? (node.strings as unknown[]) : [];
    for (const piece of strings) if (typeof piece === 'string') this.note(piece, LETTERS);
    super.visit(node);
  }
  private note(words: string, pattern: RegExp): void {
    const trimmed = words.trim();
    if (pattern.test(trimmed) && !NAMES.has(trimmed)) this.found.push(trimmed);
  }
}

function inTemplate(template: string, path: string): string[] {
  const { nodes, errors } = parseTemplate(template, path);
  if (errors) throw new Error(errors.join('\n'));
  const visitor = new VisibleText();
  tmplAstVisitAll(visitor, nodes);
  return visitor.found;
}

function inCode(source: string, path: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isThrowStatement(node)) return;
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'styles') return;
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'template') {
      if (ts.isStringLiteralLike(node.initializer)) found.push(...inTemplate(node.initializer.text, path));
      return;
    }
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node))
      if (SENTENCE.test(node.text) && node.text.includes(' ') && !NAMES.has(node.text.trim())) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true));
  return found;
}

const wordsIn = (path: string): string[] => {
  const text = readFileSync(join(APP, path), 'utf8');
  return (path.endsWith('.html') ? inTemplate(text, path) : inCode(text, path)).map((words) => `${path}: ${words}`);
};

const files = readdirSync(APP, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(html|ts)$/.test(path) && !/\.spec\.ts$|^(api|texts)\//.test(path))
  .sort();

it('finds texts wherever they can occur', () => {
  expect(
    inTemplate(
      `<p title="One">Two {{ three('Four') }} {{ five ? 'Six seven' : 'eight' }}</p>
       @if (nine) { <b [aria-label]="'Ten'">{{ eleven }}</b> } @else { twelve }`,
      'x.html',
    ).sort(),
  ).toEqual(['Four', 'One', 'Six seven', 'Ten', 'Two', 'twelve']);
  expect(inCode('const x = { a: `Thirteen ${n} items`, b: "Fourteen is here", c: "x-y" }', 'x.ts')).toEqual([
    'Thirteen ',
    'Fourteen is here',
  ]);
});

it('no page or component contains text: all of it is in texts/, in every language', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap(wordsIn)).toEqual([]);
});
