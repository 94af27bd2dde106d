import { areaOf, columnName, cornersOf, sheetByTitle, splitRange, areaIn, type Area } from './a1.ts';
import { parseFormula, type Expression } from './formula.ts';
import { cellAt, longest, MAX_CELL_LENGTH, type Cell, type GridSheet, type Spreadsheet } from './model.ts';

/** `effectiveValue.errorValue`. */
export interface CellError {
  readonly type: 'ERROR' | 'REF' | 'VALUE' | 'DIVIDE_BY_ZERO' | 'NAME' | 'N_A';
  readonly message: string;
}

/** The value of a cell after evaluation; `undefined` for an empty cell. */
export type Value = string | number | boolean | CellError | undefined;

/** The evaluated value of a cell, and the target of its HYPERLINK. */
export interface Result {
  value: Value;
  link?: string;
}

/** Other spreadsheets, for IMPORTRANGE. */
export interface Imports {
  /**
   * The spreadsheet to import from: `unknown` if it does not exist or the person who allowed the import may no longer
   * read it, `unconnected` if nobody has allowed it.
   */
  open: (into: Spreadsheet, id: string) => Spreadsheet | 'unknown' | 'unconnected';
}

/** For uses that show no contents of other spreadsheets, such as the full-text index. */
export const NO_IMPORTS: Imports = { open: () => 'unconnected' };

/** Shown in a cell with a formula that the sandbox does not evaluate. */
export const NOT_EVALUATED = '(not evaluated by the sandbox)';

export function isError(value: Value): value is CellError {
  return typeof value === 'object';
}

const ERROR_TEXTS: Record<CellError['type'], string> = {
  ERROR: '#ERROR!',
  REF: '#REF!',
  VALUE: '#VALUE!',
  DIVIDE_BY_ZERO: '#DIV/0!',
  NAME: '#NAME?',
  N_A: '#N/A',
};

export function errorText({ type }: CellError): string {
  return ERROR_TEXTS[type];
}

const error = (type: CellError['type'], message: string): CellError => ({ type, message });
const UNCONNECTED = error('REF', 'You need to connect these sheets.');
const NOT_IMPORTABLE = error('REF', "You don't have permissions to access that sheet.");
const NOT_FOUND = error('REF', 'Cannot find range or sheet for imported range.');
const CIRCULAR = error(
  'REF',
  'Circular dependency detected. To resolve with iterative calculation, see File > Settings.',
);
const UNPARSABLE = error('ERROR', 'Formula parse error.');
const TOO_LONG = error('VALUE', `Text result is longer than the limit of ${MAX_CELL_LENGTH} characters.`);

/** An evaluated table; a single value is a table of one cell. */
type Table = Value[][];

/** Evaluators of spreadsheets without IMPORTRANGE, which stay valid because an edit creates a new spreadsheet. */
const settled = new WeakMap<Spreadsheet, Evaluator>();

/** The evaluator of a spreadsheet, reused if its results are still valid. */
export function evaluatorOf(spreadsheet: Spreadsheet, imports: Imports): Evaluator {
  const known = settled.get(spreadsheet);
  if (known) return known;
  const evaluator = new Evaluator(spreadsheet, imports);
  if (!evaluator.imports) settled.set(spreadsheet, evaluator);
  return evaluator;
}

/** Maximum depth at which another cell is evaluated; a formula has up to 100 levels itself. */
const MAX_DEPTH = 300;

/** A cell must be evaluated before those that need it. */
class Deferred extends Error {
  readonly sheet: GridSheet;
  readonly cell: Cell;
  /** The cells that need it, directly or through each other. */
  readonly waiting: Cell[] = [];

  constructor(sheet: GridSheet, cell: Cell) {
    super('A chain of formulas is too long.');
    this.sheet = sheet;
    this.cell = cell;
  }
}

/** Evaluates the cells of one spreadsheet, each once. */
export class Evaluator {
  /** Whether the values depend on other spreadsheets. */
  readonly imports: boolean;
  private readonly spreadsheet: Spreadsheet;
  private readonly source: Imports;
  private readonly results = new Map<Cell, Value>();
  private readonly tables = new Map<Cell, Table>();
  private readonly running = new Set<Cell>();
  /** Number of expressions and cells that are being evaluated, each for the one before. */
  private depth = 0;
  /** By sheet: values that array formulas put into neighbouring cells, by `row,column`. */
  private readonly spills = new Map<GridSheet, Map<string, Value>>();
  /** The width of the filled part of a sheet, because every reference needs it. */
  private readonly columns = new Map<GridSheet, number>();
  /** Sheets with formulas that can have several values. */
  private readonly spilling: ReadonlySet<GridSheet>;
  /** The importing spreadsheets up to this one, so that circular imports end. */
  private readonly chain: readonly Spreadsheet[];

  constructor(spreadsheet: Spreadsheet, source: Imports, chain: readonly Spreadsheet[] = []) {
    this.spreadsheet = spreadsheet;
    this.source = source;
    this.chain = [...chain, spreadsheet];
    const spilling = spreadsheet.sheets.filter(({ rows }) =>
      rows.some((row) => row.some((cell) => cell?.formula !== undefined && /importrange/i.test(cell.formula))),
    );
    this.spilling = new Set(spilling);
    this.imports = spilling.length > 0;
  }

  /** The value of a cell, including one that an array formula puts there. */
  resultAt(sheet: GridSheet, row: number, column: number): Result {
    const value = this.valueAt(sheet, row, column);
    const formula = cellAt(sheet, row, column)?.formula;
    const link = formula === undefined ? undefined : this.linkOf(formula, sheet);
    return link === undefined ? { value } : { value, link };
  }

  private valueAt(sheet: GridSheet, row: number, column: number): Value {
    const cell = cellAt(sheet, row, column);
    if (cell?.formula !== undefined) return this.resultOf(sheet, cell, row, column);
    if (cell?.value !== undefined) return cell.value;
    return this.spilling.has(sheet) ? this.spillsOf(sheet).get(`${row},${column}`) : undefined;
  }

  /** The size of the area with values, including those that array formulas put into other cells. */
  extentOf(sheet: GridSheet): { rows: number; columns: number } {
    let columns = this.columns.get(sheet);
    if (columns === undefined) this.columns.set(sheet, (columns = longest(sheet.rows)));
    let rows = sheet.rows.length;
    if (this.spilling.has(sheet))
      for (const place of this.spillsOf(sheet).keys()) {
        const [row = 0, column = 0] = place.split(',').map(Number);
        rows = Math.max(rows, row + 1);
        columns = Math.max(columns, column + 1);
      }
    return { rows, columns };
  }

  private spillsOf(sheet: GridSheet): Map<string, Value> {
    const known = this.spills.get(sheet);
    if (known) return known;
    const spills = new Map<string, Value>();
    this.spills.set(sheet, spills);
    sheet.rows.forEach((cells, row) => {
      cells.forEach((cell, column) => {
        if (cell?.formula === undefined || !/importrange/i.test(cell.formula)) return;
        const table = this.tableOf(sheet, cell);
        if (isError(this.resultOf(sheet, cell, row, column))) return;
        table.forEach((values, r) => {
          values.forEach((value, c) => {
            if ((r > 0 || c > 0) && value !== undefined) spills.set(`${row + r},${column + c}`, value);
          });
        });
      });
    });
    return spills;
  }

  private resultOf(sheet: GridSheet, cell: Cell, row: number, column: number): Value {
    const known = this.results.get(cell);
    if (known !== undefined) return known;
    if (this.running.has(cell)) return CIRCULAR;
    const table = this.tableOf(sheet, cell);
    let value = table[0]?.[0];
    for (const [r, values] of table.entries())
      for (const c of values.keys()) {
        const other = cellAt(sheet, row + r, column + c);
        if (other === cell || (other?.value === undefined && other?.formula === undefined)) continue;
        const place = `${columnName(column + c)}${row + r + 1}`;
        value = error('REF', `Array result was not expanded because it would overwrite data in ${place}.`);
      }
    const result = value ?? '';
    this.results.set(cell, result);
    return result;
  }

  private tableOf(sheet: GridSheet, cell: Cell): Table {
    const known = this.tables.get(cell);
    if (known) return known;
    if (this.depth > MAX_DEPTH) throw new Deferred(sheet, cell);
    return this.settled(() => this.evaluated(sheet, cell));
  }

  /** Evaluates a formula whose value is not known yet. */
  private evaluated(sheet: GridSheet, cell: Cell): Table {
    this.running.add(cell);
    this.depth++;
    try {
      const expression = parseFormula(cell.formula ?? '');
      const table = expression ? this.table(expression, sheet) : [[unparsed(cell.formula ?? '')]];
      this.tables.set(cell, table);
      return table;
    } catch (failure) {
      if (failure instanceof Deferred) failure.waiting.push(cell);
      throw failure;
    } finally {
      this.depth--;
      this.running.delete(cell);
    }
  }

  /** Does some work; formulas at the end of a long chain, for which the stack might not suffice, are evaluated first. */
  private settled<T>(work: () => T): T {
    if (this.depth > 0) return work();
    const deferred: Deferred[] = [];
    for (;;) {
      const last = deferred.at(-1);
      try {
        if (!last) return work();
        this.evaluated(last.sheet, last.cell);
        deferred.pop();
        for (const cell of last.waiting) this.running.delete(cell);
      } catch (failure) {
        if (!(failure instanceof Deferred)) throw failure;
        deferred.push(failure);
        // If the chain comes back to one of them, it is circular.
        for (const cell of failure.waiting) this.running.add(cell);
      }
    }
  }

  /** The target of a formula that consists of a HYPERLINK. */
  private linkOf(formula: string, sheet: GridSheet): string | undefined {
    if (!/^=\s*hyperlink\s*\(/i.test(formula)) return undefined;
    const expression = parseFormula(formula);
    if (expression?.kind !== 'call' || expression.name !== 'HYPERLINK' || !expression.args[0]) return undefined;
    const [target] = expression.args;
    const url = this.settled(() => this.single(target, sheet));
    return typeof url === 'string' && url !== '' ? url : undefined;
  }

  private table(expression: Expression, sheet: GridSheet): Table {
    if (expression.kind === 'range') return this.range(expression.text, sheet);
    if (expression.kind === 'call' && expression.name === 'IMPORTRANGE') return this.imported(expression.args, sheet);
    return [[this.single(expression, sheet)]];
  }

  private single(expression: Expression, sheet: GridSheet): Value {
    this.depth++;
    try {
      return this.valueOf(expression, sheet);
    } finally {
      this.depth--;
    }
  }

  private valueOf(expression: Expression, sheet: GridSheet): Value {
    switch (expression.kind) {
      case 'literal':
        return expression.value;
      case 'range':
        return this.range(expression.text, sheet)[0]?.[0];
      case 'sign': {
        const operand = number(this.single(expression.operand, sheet));
        if (isError(operand)) return operand;
        return expression.operator === '%' ? operand / 100 : expression.operator === '-' ? -operand : operand;
      }
      case 'operator': {
        const operators = [];
        let first: Expression = expression;
        for (; first.kind === 'operator'; first = first.left) operators.push(first);
        return operators.reduceRight(
          (left, { operator, right }) => operate(operator, left, this.single(right, sheet)),
          this.single(first, sheet),
        );
      }
      case 'call':
        return this.call(expression.name, expression.args, sheet);
    }
  }

  private call(name: string, args: Expression[], sheet: GridSheet): Value {
    const values = (): Value[] => args.flatMap((each) => this.table(each, sheet).flat());
    switch (name) {
      case 'HYPERLINK': {
        const [url, label = url] = args;
        if (!url || !label || args.length > 2) return error('N_A', `Wrong number of arguments to ${name}.`);
        return this.single(label, sheet);
      }
      case 'IMPORTRANGE':
        return this.imported(args, sheet)[0]?.[0];
      case 'CONCATENATE':
      case 'CONCAT':
        return firstError(values()) ?? joined(values());
      case 'SUM': {
        const found = values();
        return (
          firstError(found) ?? found.reduce<number>((sum, each) => (typeof each === 'number' ? sum + each : sum), 0)
        );
      }
      case 'IF': {
        const test = args[0] && this.single(args[0], sheet);
        if (isError(test)) return test;
        const chosen = args[test !== undefined && test !== '' && test !== 0 && test !== false ? 1 : 2];
        return chosen ? this.single(chosen, sheet) : false;
      }
      default:
        return NOT_EVALUATED;
    }
  }

  private range(written: string, sheet: GridSheet): Table {
    const area = this.areaIn(written.replace(/\$/g, ''), sheet);
    return area ? this.read(area) : [[error('NAME', `Unknown range name: '${written.toUpperCase()}'.`)]];
  }

  private areaIn(written: string, sheet: GridSheet): Area | undefined {
    const parts = splitRange(written);
    const corners = parts && cornersOf(parts.cells);
    const on = parts?.title === undefined ? sheet : sheetByTitle(this.spreadsheet, parts.title);
    try {
      if (corners) return on && areaIn(on, corners);
      return areaOf(this.spreadsheet, written);
    } catch {
      return undefined;
    }
  }

  /** The values of an area, without trailing empty rows and columns. */
  read(area: Area): Table {
    const { sheet, startRow, startColumn } = area;
    const extent = this.extentOf(sheet);
    const table: Table = [];
    for (let row = startRow; row < Math.min(area.endRow, extent.rows); row++) {
      const values: Value[] = [];
      for (let column = startColumn; column < Math.min(area.endColumn, extent.columns); column++)
        values.push(this.valueAt(sheet, row, column));
      table.push(values);
    }
    return table.length > 0 ? table : [[undefined]];
  }

  private imported(args: Expression[], sheet: GridSheet): Table {
    const [from, range] = args.map((each) => this.single(each, sheet));
    if (args.length !== 2) return [[error('N_A', 'Wrong number of arguments to IMPORTRANGE.')]];
    if (isError(from)) return [[from]];
    if (isError(range)) return [[range]];
    const id = spreadsheetIdIn(text(from));
    if (id === undefined) return [[error('VALUE', 'Imported range URL is not a valid spreadsheet URL.')]];
    const source = this.source.open(this.spreadsheet, id);
    if (source === 'unconnected') return [[UNCONNECTED]];
    if (source === 'unknown') return [[NOT_IMPORTABLE]];
    if (this.chain.includes(source)) return [[CIRCULAR]];
    try {
      const evaluator = new Evaluator(source, this.source, this.chain);
      return evaluator.read(areaOf(source, text(range)));
    } catch {
      return [[NOT_FOUND]];
    }
  }
}

/** The id of a spreadsheet in an address, or the id itself. */
export function spreadsheetIdIn(written: string): string | undefined {
  return /\/spreadsheets\/(?:u\/\d+\/)?d\/([\w-]{10,})/.exec(written)?.[1] ?? /^[\w-]{10,}$/.exec(written)?.[0];
}

/** A formula that cannot be parsed is an error if its brackets are unbalanced, and otherwise not modelled. */
function unparsed(formula: string): Value {
  const bare = formula.replace(/"(?:[^"]|"")*"|'(?:[^']|'')*'/g, '');
  const opened = (bare.match(/[({]/g) ?? []).length;
  const closed = (bare.match(/[)}]/g) ?? []).length;
  return opened !== closed || /["']/.test(bare) || /[-+*/^&=<>,(]\s*$/.test(bare) ? UNPARSABLE : NOT_EVALUATED;
}

function firstError(values: readonly Value[]): CellError | undefined {
  return values.find(isError);
}

/** Formulas could double a text again and again. */
function joined(values: readonly Value[]): Value {
  let result = '';
  for (const value of values) if ((result += text(value)).length > MAX_CELL_LENGTH) return TOO_LONG;
  return result;
}

function text(value: Value): string {
  if (isError(value)) return errorText(value);
  return typeof value === 'boolean' ? (value ? 'TRUE' : 'FALSE') : String(value ?? '');
}

function number(value: Value): number | CellError {
  if (isError(value) || typeof value === 'number') return value;
  if (value === undefined || value === '') return 0;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const read = Number(value);
  return Number.isNaN(read)
    ? error(
        'VALUE',
        `Function parameter expects number values. But '${value}' is a text and cannot be coerced to a number.`,
      )
    : read;
}

function operate(operator: string, left: Value, right: Value): Value {
  if (isError(left)) return left;
  if (isError(right)) return right;
  switch (operator) {
    case '&':
      return joined([left, right]);
    case '=':
      return compare(left, right) === 0;
    case '<>':
      return compare(left, right) !== 0;
    case '<':
      return compare(left, right) < 0;
    case '>':
      return compare(left, right) > 0;
    case '<=':
      return compare(left, right) <= 0;
    case '>=':
      return compare(left, right) >= 0;
  }
  const a = number(left);
  const b = number(right);
  if (isError(a)) return a;
  if (isError(b)) return b;
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? error('DIVIDE_BY_ZERO', 'Function DIVIDE parameter 2 cannot be zero.') : a / b;
    default:
      return a ** b;
  }
}

/** Numbers sort before texts, texts before booleans; case is ignored. */
function compare(left: Value, right: Value): number {
  const rank = (value: Value): number => (typeof value === 'boolean' ? 2 : typeof value === 'string' ? 1 : 0);
  if (rank(left) !== rank(right)) return rank(left) - rank(right);
  if (typeof left === 'string') return left.toLowerCase().localeCompare(text(right).toLowerCase());
  return Number(left ?? 0) - Number(right ?? 0);
}
