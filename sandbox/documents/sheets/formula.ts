/** A parsed formula. */
export type Expression =
  | { kind: 'literal'; value: string | number | boolean }
  /** `A1`, `B2:C3` or `Sheet1!A:A`, as written. */
  | { kind: 'range'; text: string }
  | { kind: 'call'; name: string; args: Expression[] }
  | { kind: 'operator'; operator: string; left: Expression; right: Expression }
  | { kind: 'sign'; operator: '-' | '+' | '%'; operand: Expression };

/** Binary operators, from the lowest to the highest precedence. */
const LEVELS = [['=', '<>', '<', '>', '<=', '>='], ['&'], ['+', '-'], ['*', '/'], ['^']];
const TOKEN =
  /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|"((?:[^"]|"")*)"|((?:'(?:[^']|'')+'!|[A-Za-z_][\w.]*!)?\$?(?:[A-Za-z]{1,3}\$?\d+|[A-Za-z]{1,3}(?=:)|\d+(?=:))(?::\$?(?:[A-Za-z]{1,3}\$?\d*|\d+))?(?![\w(]))|([A-Za-z_][\w.]*)|(<>|<=|>=|[-+*/^&=<>%(),;]))/y;

type Token = { number: number } | { text: string } | { range: string } | { name: string } | { sign: string };

/** Parsed formulas are kept, because every read needs them and columns repeat them. */
const parsed = new Map<string, Expression | undefined>();
const MAX_PARSED = 50_000;

/** Parses a formula; `undefined` if it is invalid or has a part that is not modelled. */
export function parseFormula(formula: string): Expression | undefined {
  if (!parsed.has(formula)) {
    if (parsed.size >= MAX_PARSED) parsed.clear();
    parsed.set(formula, read(formula));
  }
  return parsed.get(formula);
}

function tokensOf(formula: string): Token[] | undefined {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 1;
  while (TOKEN.lastIndex < formula.length) {
    const rest = formula.slice(TOKEN.lastIndex);
    if (rest.trim() === '') break;
    // A range of whole rows begins with a number.
    const rows = /^\s*(\$?\d+:\$?\d+)/.exec(rest);
    if (rows) {
      tokens.push({ range: rows[1] ?? '' });
      TOKEN.lastIndex += rows[0].length;
      continue;
    }
    const match = TOKEN.exec(formula);
    if (!match) return undefined;
    const [, number, text, range, name, sign] = match;
    if (number !== undefined) tokens.push({ number: Number(number) });
    else if (text !== undefined) tokens.push({ text: text.replace(/""/g, '"') });
    else if (range !== undefined) tokens.push({ range });
    else if (name !== undefined) tokens.push({ name });
    else tokens.push({ sign: sign ?? '' });
  }
  return tokens;
}

/** Maximum nesting; deeper formulas are refused. */
const MAX_DEPTH = 100;

function read(formula: string): Expression | undefined {
  const tokens = tokensOf(formula);
  if (!tokens) return undefined;
  let at = 0;
  let depth = 0;
  const sign = (): string | undefined => {
    const token = tokens[at];
    return token && 'sign' in token ? token.sign : undefined;
  };

  function level(index: number): Expression | undefined {
    const operators = LEVELS[index];
    if (!operators) return signed();
    let left = level(index + 1);
    for (let operator = sign(); left && operator !== undefined && operators.includes(operator); operator = sign()) {
      at++;
      const right = level(index + 1);
      left = right && { kind: 'operator', operator, left, right };
    }
    return left;
  }

  function signed(): Expression | undefined {
    const operator = sign();
    if (operator === '-' || operator === '+') {
      if (++depth > MAX_DEPTH) return undefined;
      at++;
      const operand = signed();
      depth--;
      return operand && { kind: 'sign', operator, operand };
    }
    let operand = atom();
    let length = 0;
    while (operand && sign() === '%') {
      if (++length > MAX_DEPTH) return undefined;
      at++;
      operand = { kind: 'sign', operator: '%', operand };
    }
    return operand;
  }

  function atom(): Expression | undefined {
    const token = tokens?.[at++];
    if (!token || depth > MAX_DEPTH) return undefined;
    if ('number' in token) return { kind: 'literal', value: token.number };
    if ('text' in token) return { kind: 'literal', value: token.text };
    if ('range' in token) return { kind: 'range', text: token.range };
    if ('sign' in token) return token.sign === '(' ? closed(() => level(0)) : undefined;
    if (sign() !== '(') {
      if (/^(true|false)$/i.test(token.name)) return { kind: 'literal', value: /^true$/i.test(token.name) };
      return { kind: 'range', text: token.name };
    }
    at++;
    const args: Expression[] = [];
    const done = closed(() => {
      if (sign() === ')') return { kind: 'literal', value: '' };
      for (;;) {
        const arg = sign() === ',' || sign() === ';' ? ({ kind: 'literal', value: '' } as const) : level(0);
        if (!arg) return undefined;
        args.push(arg);
        if (sign() !== ',' && sign() !== ';') return arg;
        at++;
      }
    });
    return done && { kind: 'call', name: token.name.toUpperCase(), args };
  }

  function closed(inside: () => Expression | undefined): Expression | undefined {
    depth++;
    const found = inside();
    depth--;
    return found && sign() === ')' ? (at++, found) : undefined;
  }

  const whole = level(0);
  return at === tokens.length ? whole : undefined;
}
