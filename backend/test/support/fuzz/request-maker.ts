import { PARAMETER_LIMIT } from '../../../src/http/limits.js';
import type { Random } from '../random.js';
import type { ApiDescription, Asked, Operation, Parameter, Schema } from './api-description.js';

/** A valid session of one side. */
export interface LiveToken {
  readonly side: 'source' | 'destination';
  readonly token: string;
}

/** Existing ids and cursors, from earlier responses and the setup. */
export interface Known {
  readonly source: { files: string[]; folders: string[] };
  readonly destination: { files: string[]; folders: string[] };
  readonly transfers: string[];
  readonly preflights: string[];
  readonly sessions: string[];
  readonly webhooks: string[];
  readonly machineKeys: string[];
  /** A webhook and a delivery of it, separated by a space. */
  readonly deliveries: string[];
  /** By the path of the operation that returned them. */
  readonly cursors: Map<string, string[]>;
  live: LiveToken[];
  readonly operatorKey: string;
  /** The refresh token of an account that is never revoked. */
  readonly refreshToken: string;
}

export type Kind = 'valid' | 'near-valid' | 'hostile';

export interface FuzzRequest extends Asked {
  readonly kind: Kind;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Tokens in the request. */
  readonly tokens: readonly string[];
  readonly side: LiveToken['side'];
}

const WORDS = ['report', 'a', 'Ž', 'file', '2026', 'the cat’s 🦊'];
const NASTY: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '%00',
  '../../etc/passwd',
  '..',
  '.',
  '/',
  '\\',
  '\r\nSet-Cookie: a=b',
  '}{',
  '{cloudmover}',
  '*',
  "' or '1'='1",
  '"; return redis.call("FLUSHALL") --',
  '<script>alert(1)</script>',
  '${7*7}',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'NaN',
  'true',
  '-1',
  '0',
  '1e308',
  '9007199254740993',
  '0x10',
  '1.5',
  '１２',
  '\u202Eevil',
  '🦊'.repeat(100),
  'a'.repeat(101),
  'a'.repeat(3_000),
  '\uD800',
  '[]',
  '{}',
  'root',
  'q5Zt0c9hT2uKjH1xV3mW8w',
];
const NASTY_VALUES: readonly unknown[] = [
  ...NASTY,
  null,
  true,
  false,
  -1,
  0,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  [],
  {},
  [[]],
  [null],
  { a: { b: { c: {} } } },
  { length: 3 },
  { then: 1 },
  { toJSON: 1 },
];

/** Generates requests from the description: valid ones, ones with one mistake, and ones with only mistakes. */
export class RequestMaker {
  constructor(
    private readonly api: ApiDescription,
    private readonly random: Random,
    private readonly known: Known,
  ) {}

  make(operation: Operation, kind: Kind): FuzzRequest {
    const { random } = this;
    const side = this.sideOf(operation);
    const values = new Map<Parameter, string[]>();
    for (const parameter of operation.parameters) {
      if (/token$/.test(parameter.name)) continue;
      // Without it, a transfer of one file waits up to half a minute.
      const wanted =
        parameter.name === 'Prefer' || (parameter.required ?? random.chance(kind === 'hostile' ? 0.6 : 0.25));
      const value =
        kind === 'hostile' && parameter.name !== 'Prefer'
          ? random.oneOf(NASTY)
          : this.valueOf(operation, parameter, side);
      if (wanted && value !== undefined) values.set(parameter, [value]);
    }
    let body: unknown = operation.body && this.bodyOf(operation, this.api.resolve(operation.body), side);
    if (kind === 'hostile' && operation.body) body = this.hostileBody(operation.body);
    const { headers, tokens } = this.credentials(operation, side);
    if (operation.body) headers['content-type'] = 'application/json';
    let text = body === undefined ? undefined : JSON.stringify(body);
    const extra: [string, string][] = [];

    if (kind === 'near-valid') {
      const mistakes: (() => void)[] = [
        () => extra.push([random.oneOf(['unknown', '__proto__', 'toString', 'token2', 'Folder_id']), '1']),
        () => this.spoilCredentials(headers, tokens),
      ];
      for (const parameter of values.keys()) {
        if (parameter.in === 'header') continue;
        mistakes.push(() => values.set(parameter, [random.oneOf(NASTY)]));
        if (parameter.in === 'query') {
          mistakes.push(() => values.set(parameter, [...(values.get(parameter) ?? []), random.oneOf(NASTY)]));
          if (parameter.required) mistakes.push(() => values.delete(parameter));
        }
      }
      if (body !== undefined) {
        mistakes.push(
          () => (text = JSON.stringify(this.spoilt(body))),
          () => (text = JSON.stringify(this.spoilt(body))),
          () => (text = text?.slice(0, -1)),
          () =>
            (headers['content-type'] = random.oneOf([
              'text/plain',
              'application/xml',
              'application/json; charset=utf-16',
            ])),
        );
      }
      random.oneOf(mistakes)();
    }
    if (kind === 'hostile') {
      if (random.chance(0.3)) this.spoilCredentials(headers, tokens);
      if (random.chance(0.3)) extra.push([random.oneOf(NASTY), random.oneOf(NASTY)]);
      if (operation.body && random.chance(0.2))
        text = random.oneOf(['', '{', '[1,2', '"', '{"a":1}{"b":2}', '\u0000', 'nan']);
    }

    let path = operation.path;
    const query: string[] = [];
    for (const [parameter, all] of values) {
      if (parameter.in === 'path') path = path.replace(`{${parameter.name}}`, encoded(all[0] ?? ''));
      else if (parameter.in === 'query')
        query.push(...all.map((value) => `${encoded(parameter.name)}=${encoded(value)}`));
      else headers[parameter.name.toLowerCase()] = headerSafe(all[0] ?? '');
    }
    query.push(...extra.map(([name, value]) => `${encoded(name)}=${encoded(value)}`));
    if (query.length > 0) path += `?${query.join('&')}`;
    const leadsElsewhere = [...values].some(
      ([parameter, [value = '']]) =>
        parameter.in === 'path' && (value === '' || encoded(value).length > PARAMETER_LIMIT),
    );
    return { operation, leadsElsewhere, kind, path, headers, tokens, side, ...(text !== undefined && { body: text }) };
  }

  private sideOf({ security, path }: Operation): LiveToken['side'] {
    const schemes = security.map((each) => Object.keys(each));
    if (schemes.some((names) => names.includes('source')) || path === '/transfer-file')
      return schemes.some((names) => names.length > 1) ? 'source' : this.random.oneOf(['source', 'destination']);
    return 'destination';
  }

  private tokenOf(side: LiveToken['side']): string | undefined {
    const own = this.known.live.filter((each) => each.side === side);
    return own.length > 0 ? this.random.oneOf(own).token : undefined;
  }

  private credentials({ security, parameters }: Operation, side: LiveToken['side']) {
    const headers: Record<string, string> = {};
    const tokens: string[] = [];
    const add = (name: string, token: string | undefined, prefix = '') => {
      if (!token) return;
      headers[name] = prefix + token;
      tokens.push(token);
    };
    const schemes = security.map((each) => Object.keys(each).sort().join('+'));
    const takesOperator = parameters.some(({ name }) => name.toLowerCase() === 'x-operator-key');
    if (
      takesOperator &&
      (schemes.every((scheme) => scheme === '' || /operator/i.test(scheme)) || this.random.chance(0.3))
    ) {
      headers['x-operator-key'] = this.known.operatorKey;
    } else if (schemes.includes('destination+source')) {
      add('x-source-token', this.tokenOf('source'));
      add('x-destination-token', this.tokenOf('destination'));
    } else if (schemes.length > 0) {
      const places: [string, string][] = [
        ['authorization', 'Bearer '],
        [`x-${side}-token`, ''],
      ];
      add(...flip(this.random.oneOf(places), this.tokenOf(side)));
    }
    return { headers, tokens };
  }

  private spoilCredentials(headers: Record<string, string>, tokens: string[]): void {
    const names = Object.keys(headers).filter((name) => /token|authorization|operator/.test(name));
    const name = names.length > 0 ? this.random.oneOf(names) : undefined;
    if (!name) return;
    tokens.length = 0;
    const other = this.tokenOf(this.random.oneOf(['source', 'destination']));
    const spoils = [
      '',
      'x',
      'Bearer',
      `Bearer ${'x'.repeat(43)}`,
      'y'.repeat(43),
      other ?? 'z',
      headerSafe(this.random.oneOf(NASTY)),
    ];
    if (this.random.chance(0.2)) delete headers[name];
    else headers[name] = this.random.oneOf(spoils);
  }

  /** A valid value; undefined: omit the parameter. */
  private valueOf(
    { path, name: operation }: Operation,
    { name, schema }: Parameter,
    side: LiveToken['side'],
  ): string | undefined {
    const { random, known } = this;
    const drive = known[side];
    switch (name) {
      case 'id':
        if (/start$/.test(path)) return oneOf(random, known.preflights);
        // Transfers that may still be running.
        if (/pause$|cancel$/.test(path)) return oneOf(random, known.transfers.slice(-2));
        if (path.startsWith('/api/transfers')) return oneOf(random, known.transfers);
        if (path.startsWith('/api/preflights')) return oneOf(random, known.preflights);
        if (path.includes('{deliveryId}')) return known.deliveries.at(-1)?.split(' ')[0];
        if (path.startsWith('/api/webhooks')) return oneOf(random, known.webhooks);
        if (path.startsWith('/api/keys')) return oneOf(random, known.machineKeys);
        if (path.startsWith('/session')) return oneOf(random, known.sessions);
        return oneOf(random, /folders/.test(path) ? drive.folders : [...drive.files, ...drive.folders]);
      case 'deliveryId':
        return known.deliveries.at(-1)?.split(' ')[1];
      case 'ordinal':
        return String(random.below(3));
      case 'folder_id':
        return random.oneOf(['root', ...drive.folders]);
      case 'file_id':
        return oneOf(random, known.source.files);
      case 'target_folder_id':
        return random.oneOf(['root', ...known.destination.folders]);
      case 'transfer':
        return oneOf(random, known.transfers);
      case 'drive_id':
      case 'iss':
        return undefined;
      case 'page_token':
      case 'cursor':
        return oneOf(random, known.cursors.get(`${operation} ${side}`) ?? []);
      case 'order_by':
        return random.oneOf(['name', '-name', 'modifiedTime,-size', '-modifiedTime,name']);
      case 'Prefer':
        return random.oneOf(['wait=0', 'wait=1']);
      case 'Last-Event-ID':
        return String(random.below(50));
      case 'Idempotency-Key':
        return `key-${random.below(1_000_000)}`;
      case 'X-Operator-Key':
        return undefined;
      case 'reason':
      case 'code':
        return random.oneOf(['source_not_found', 'not_found', 'internal']);
      default:
        return String(this.plain(this.api.resolve(schema), name));
    }
  }

  private plain(schema: Schema, name: string): unknown {
    const { random } = this;
    if (schema.enum) return random.oneOf(schema.enum);
    switch (schema.type) {
      case 'boolean':
        return random.chance(0.5);
      case 'integer':
      case 'number': {
        const from = schema.minimum ?? 0;
        return from + random.below(Math.min((schema.maximum ?? 1_000) - from + 1, 1_000));
      }
      default:
        if (/After$|Before$|^from$|^to$/.test(name))
          return `20${10 + random.below(20)}-0${1 + random.below(9)}-01T00:00:00Z`;
        if (name === 'owner') return random.oneOf(['me', 'alice@example.com']);
        // Nothing listens there, and nothing leaves the machine.
        if (name === 'url') return 'http://127.0.0.1:9/';
        if (name === 'login_hint') return 'alice@example.com';
        return random.oneOf(WORDS);
    }
  }

  private bodyOf(operation: Operation, schema: Schema, side: LiveToken['side']): unknown {
    const body: Record<string, unknown> = {};
    const { random, known } = this;
    if (schema.properties?.['preflightId'] && known.preflights.length > 0 && random.chance(0.3))
      return { preflightId: random.oneOf(known.preflights) };
    if (schema.properties?.['refreshToken'])
      return { type: random.oneOf(['source', 'destination', 'general']), refreshToken: known.refreshToken };
    for (const [name, raw] of Object.entries(schema.properties ?? {})) {
      if (name === 'preflightId') continue;
      const isNeeded = schema.required?.includes(name) || name === 'items';
      if (!isNeeded && !random.chance(0.25)) continue;
      const value = this.propertyOf(operation, name, this.api.resolve(raw), side);
      if (value !== undefined) body[name] = value;
    }
    return body;
  }

  private propertyOf(operation: Operation, name: string, schema: Schema, side: LiveToken['side']): unknown {
    const { random, known } = this;
    if (name === 'items')
      return [...new Set(Array.from({ length: 1 + random.below(2) }, () => random.oneOf(known.source.files)))];
    if (name === 'folderId' || name === 'parentId') return random.oneOf(['root', ...known.destination.folders]);
    if (schema.type === 'object') return this.bodyOf(operation, schema, side);
    if (schema.type === 'array') return [this.propertyOf(operation, name, this.api.resolve(schema.items ?? {}), side)];
    if (name === 'codes') return 'source_not_found';
    // A move removes the originals for all later requests.
    if (name === 'mode') return random.chance(0.1) ? 'move' : 'copy';
    return this.plain(schema, name);
  }

  private spoilt(body: unknown): unknown {
    const { random } = this;
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return random.oneOf(NASTY_VALUES);
    const copy: Record<string, unknown> = { ...(body as Record<string, unknown>) };
    const names = Object.keys(copy);
    if (names.length === 0 || random.chance(0.2)) {
      Object.defineProperty(copy, random.oneOf(['unknown', '__proto__', 'constructor', 'toString', 'hasOwnProperty']), {
        value: random.oneOf(NASTY_VALUES),
        enumerable: true,
      });
      return copy;
    }
    const name = random.oneOf(names);
    if (random.chance(0.2)) delete copy[name];
    else copy[name] = random.chance(0.4) ? this.spoilt(copy[name]) : random.oneOf(NASTY_VALUES);
    return copy;
  }

  private hostileBody(schema: Schema): unknown {
    const { random } = this;
    if (random.chance(0.3)) return random.oneOf(NASTY_VALUES);
    const names = [...Object.keys(this.api.resolve(schema).properties ?? {}), 'unknown', 'toString'];
    return Object.fromEntries(names.filter(() => random.chance(0.6)).map((name) => [name, random.oneOf(NASTY_VALUES)]));
  }
}

const oneOf = (random: Random, choices: readonly string[]) => (choices.length > 0 ? random.oneOf(choices) : undefined);
const flip = ([name, prefix]: [string, string], token: string | undefined) => [name, token, prefix] as const;
/** A lone surrogate cannot be encoded. */
const encoded = (text: string) => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD'));
/** Removes characters that no HTTP client can send in a header. */
const headerSafe = (text: string) => text.replace(/[^\x20-\x7E\x80-\xFF]/g, '?');
