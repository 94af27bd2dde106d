// Renders the Helm chart for its tests, because neither npm nor Debian has Helm. It knows the part of Go's templates that
// the chart uses (https://pkg.go.dev/text/template), and refuses everything else: Helm's further functions, and values
// that are missing.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { ROOT } from './workspace.ts';

export const CHART = join(ROOT, 'deploy/helm');

/** A Kubernetes object. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
}

type Values = Record<string, unknown>;

type Node =
  | { is: 'text'; text: string }
  | { is: 'print'; what: string }
  | { is: 'template'; name: string; what: string }
  | { is: 'if'; branches: { when: string | undefined; body: Node[] }[] }
  | { is: 'range'; what: string; names: string[]; body: Node[] };

interface Scope {
  dot: unknown;
  variables: Record<string, unknown>;
}

const read = (file: string) => readFileSync(join(CHART, file), 'utf8');
const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The chart's values with those of an installation, merged as Helm does: by key, and null removes one. */
export function chartValues(own: Values): Values {
  const merge = (below: Values, above: Values): Values => {
    const merged = { ...below };
    for (const [name, value] of Object.entries(above)) {
      const before = below[name];
      if (value === null) delete merged[name];
      else merged[name] = isObject(before) && isObject(value) ? merge(before, value) : value;
    }
    return merged;
  };
  return merge(parse(read('values.yaml')) as Values, own);
}

/** The objects that `helm template RELEASE` prints. @throws where a template uses what this does not know */
export function renderChart(release: string, values: Values): Manifest[] {
  const { version, appVersion } = parse(read('Chart.yaml')) as { version: string; appVersion: string };
  const root = { Values: values, Release: { Name: release }, Chart: { Version: version, AppVersion: appVersion } };
  const files = readdirSync(join(CHART, 'templates'));
  const defined = new Map<string, Node[]>();
  for (const file of files.filter((name) => name.startsWith('_'))) parseTemplate(read(`templates/${file}`), defined);
  return files
    .filter((name) => !name.startsWith('_'))
    .flatMap((file) => {
      const text = print(
        parseTemplate(read(`templates/${file}`), defined),
        { dot: root, variables: { $: root } },
        defined,
      );
      return file.endsWith('.yaml')
        ? parseAllDocuments(text).map((document) => document.toJS() as Manifest | null)
        : [];
    })
    .filter((object) => object !== null);
}

/** @param defined gets what `define` names */
function parseTemplate(source: string, defined: Map<string, Node[]>): Node[] {
  const parts = source.split(/(\{\{(?:- )?[^]*?(?: -)?\}\})/);
  let at = 0;
  /** Text of this part, without the spaces that the actions around it trim. */
  const textOf = (index: number) => {
    let text = parts[index] ?? '';
    if (/ -\}\}$/.test(parts[index - 1] ?? '')) text = text.trimStart();
    if (/^\{\{- /.test(parts[index + 1] ?? '')) text = text.trimEnd();
    return text;
  };
  const body = (): { nodes: Node[]; end: string } => {
    const nodes: Node[] = [];
    while (at < parts.length) {
      const index = at++;
      if (index % 2 === 0) {
        nodes.push({ is: 'text', text: textOf(index) });
        continue;
      }
      const action = parts[index]!.replace(/^\{\{(- )?\s*/, '').replace(/\s*( -)?\}\}$/, '');
      const [, word = '', rest = ''] = /^(\S+)\s*([^]*)$/.exec(action) ?? [];
      if (word.startsWith('/*')) continue;
      if (word === 'end' || word === 'else') return { nodes, end: action };
      if (word === 'define') defined.set(JSON.parse(rest) as string, body().nodes);
      else if (word === 'if') {
        const branches: { when: string | undefined; body: Node[] }[] = [];
        for (let when: string | undefined = rest, done = false; !done;) {
          const { nodes: inner, end } = body();
          branches.push({ when, body: inner });
          done = end === 'end';
          when = /^else if (.*)$/.exec(end)?.[1];
        }
        nodes.push({ is: 'if', branches });
      } else if (word === 'range') {
        const [, names = '', what = ''] = /^(?:(.*?):=\s*)?([^]*)$/.exec(rest) ?? [];
        nodes.push({
          is: 'range',
          what,
          names: names
            .split(',')
            .map((name) => name.trim())
            .filter(Boolean),
          body: body().nodes,
        });
      } else if (word === 'template') {
        const [, name = '', what = ''] = /^"([^"]+)"\s*([^]*)$/.exec(rest) ?? [];
        nodes.push({ is: 'template', name, what });
      } else nodes.push({ is: 'print', what: action });
    }
    return { nodes, end: '' };
  };
  return body().nodes;
}

function print(nodes: Node[], scope: Scope, defined: ReadonlyMap<string, Node[]>): string {
  return nodes
    .map((node) => {
      if (node.is === 'text') return node.text;
      if (node.is === 'print') return shown(evaluate(node.what, scope));
      if (node.is === 'template') {
        const body = defined.get(node.name);
        if (!body) throw new Error(`No template is called "${node.name}".`);
        const dot = evaluate(node.what, scope);
        return print(body, { dot, variables: { $: dot } }, defined);
      }
      if (node.is === 'if') {
        const branch = node.branches.find(({ when }) => when === undefined || isTrue(evaluate(when, scope)));
        return branch ? print(branch.body, scope, defined) : '';
      }
      const list = evaluate(node.what, scope);
      // Go visits the keys of a map in their order.
      const entries: [unknown, unknown][] = Array.isArray(list)
        ? [...(list as unknown[]).entries()]
        : Object.entries((list ?? {}) as Values).sort(([a], [b]) => (a < b ? -1 : 1));
      return entries
        .map(([key, value]) => {
          const values = node.names.length === 2 ? [key, value] : [value];
          const variables = Object.fromEntries(node.names.map((name, index) => [name, values[index]]));
          return print(node.body, { dot: value, variables: { ...scope.variables, ...variables } }, defined);
        })
        .join('');
    })
    .join('');
}

/** Go's truth: everything but false, 0, "", nil and what is empty. */
const isTrue = (value: unknown) =>
  isObject(value) ? Object.keys(value).length > 0 : Array.isArray(value) ? value.length > 0 : Boolean(value);

function shown(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`A template prints ${JSON.stringify(value)}.`);
}

/** A call, a value, or a call in parentheses as an argument. */
function evaluate(text: string, scope: Scope): unknown {
  const words = text.match(/"(?:[^"\\]|\\.)*"|[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const operand = (): unknown => {
    const word = words[at++];
    if (word === undefined) throw new Error(`An operand is missing in "${text}".`);
    if (word === '(') {
      const value = call();
      at++; // The parenthesis at the end.
      return value;
    }
    if (word.startsWith('"')) return JSON.parse(word);
    if (/^-?\d/.test(word)) return Number(word);
    const [, variable, path = ''] = /^(\$\w*)?((?:\.\w*)*)$/.exec(word) ?? [];
    if (variable === undefined && !word.startsWith('.')) throw new Error(`"${word}" is not known here.`);
    if (variable !== undefined && !(variable in scope.variables)) throw new Error(`${variable} is not defined.`);
    let value = variable === undefined ? scope.dot : scope.variables[variable];
    for (const name of path.split('.').filter(Boolean)) {
      if (!isObject(value) || !(name in value)) throw new Error(`"${word}" does not exist; "index" may be nothing.`);
      value = value[name];
    }
    return value;
  };
  const call = (): unknown => {
    if (words[at] === 'index') {
      at++;
      const [map, key] = [operand(), operand()];
      return (map as Values)[key as string];
    }
    if (words[at] !== 'printf') return operand();
    at++;
    const format = operand() as string;
    return format.replace(/%[qsv]/g, (verb) => {
      const value = operand();
      return verb === '%q' ? JSON.stringify(shown(value)) : shown(value);
    });
  };
  const value = call();
  if (at < words.length) throw new Error(`"${words[at]}" in "${text}" is not known here.`);
  return value;
}
