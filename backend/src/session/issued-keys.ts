import { Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { Idempotency, keyedRequest } from '../http/idempotency.js';
import { AuditLog } from '../insight/audit.port.js';
import { MachineKeyNotFoundError, TooManyKeysError } from './errors.js';
import {
  IssuedKeyStore,
  type IssuedKinds,
  type KeyKind,
  type KeyScope,
  type MachineKey,
  type OperatorSession,
} from './issued-keys.port.js';
import { isSameSecret } from './same-secret.js';
import type { Device } from './session.port.js';
import { digest, newHandle, newToken } from './token.js';
import { DAY_MS } from '../engine/times.js';

/** An operator session ends when it was not used for this long, and at the latest after seven days. */
const SESSION_IDLE_MS = 8 * 3600_000;
const SESSION_MS = 7 * DAY_MS;
const MAX_MACHINE_KEYS = 100;
const MAX_SESSIONS = 50;
/** How long an expired machine key stays in the list, so that the operator sees why a program is refused. */
const EXPIRED_KEPT_MS = 30 * DAY_MS;
/** A use is stored at most once a minute instead of with every request. */
const TOUCH_EVERY_MS = 60_000;

/** So that people and scanners for secrets recognise a key. */
const PREFIXES: Readonly<Record<KeyKind, string>> = { machine: 'cmk_', session: 'cmo_' };
/** Prefix, id, secret. The dot lets `withoutTokens` find the secret. */
const SHAPE = /^(cm[ko]_)([\w-]{22})\.[\w-]{43}$/;

/** What a machine key may open, and for how many days. */
export interface NewMachineKey {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly expiresInDays: number;
}

/** A key with its text, which is known only now. */
export interface Issue<Kind extends KeyKind> {
  readonly text: string;
  readonly key: IssuedKinds[Kind];
}

/** Machine keys and operator sessions: what the operator key opened for programs and browsers. */
@Injectable()
export class IssuedKeys {
  constructor(
    private readonly store: IssuedKeyStore,
    private readonly audit: AuditLog,
    @InjectConfig('general') private readonly general: Config['general'],
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * @param idempotencyKey for 24 hours a repetition gets the same key, which is stored for that, encrypted
   * @throws TooManyKeysError · what `Idempotency.once` throws
   */
  createMachineKey(
    { name, scopes, expiresInDays: days }: NewMachineKey,
    idempotencyKey?: string,
  ): Promise<Issue<'machine'>> {
    const request = keyedRequest(['operator'], idempotencyKey, { name, scopes, days });
    return this.idempotency.once(request, newHandle, (id) => this.addMachineKey(name, scopes, days, id));
  }

  private async addMachineKey(name: string, scopes: readonly KeyScope[], days: number, id?: string) {
    await this.machineKeys(); // those that are no longer shown take no place
    const { text, ...issued } = this.issue('machine', days * DAY_MS, id);
    const key: MachineKey = { ...issued, kind: 'machine', name, scopes };
    if (!(await this.store.add(key, MAX_MACHINE_KEYS))) throw new TooManyKeysError(MAX_MACHINE_KEYS);
    this.record('key.created', `key:${key.id}`, { scopes: scopes.join(), days });
    return { text, key };
  }

  /**
   * Signs a browser in. Beyond the maximum, the session that was used least recently ends.
   * @param idempotencyKey see `createMachineKey`
   */
  openSession(device: Device, idempotencyKey?: string): Promise<Issue<'session'>> {
    const request = keyedRequest(['operator'], idempotencyKey, { operatorSession: true });
    return this.idempotency.once(request, newHandle, (id) => this.addSession(device, id));
  }

  private async addSession(device: Device, id?: string): Promise<Issue<'session'>> {
    const { text, ...issued } = this.issue('session', SESSION_MS, id);
    const key: OperatorSession = { ...issued, kind: 'session', device };
    do {
      const open = (await this.sessions()).toSorted((a, b) => lastUseOf(b) - lastUseOf(a));
      for (const { id } of open.slice(MAX_SESSIONS - 1)) await this.store.end('session', id);
      // Refused only if others took the place meanwhile.
    } while (!(await this.store.add(key, MAX_SESSIONS)));
    this.record('operator.signed_in', `session:${key.id}`);
    return { text, key };
  }

  /** Newest first; also those that expired within 30 days. */
  machineKeys(): Promise<MachineKey[]> {
    return this.listed('machine', ({ expiresAt }) => expiresAt + EXPIRED_KEPT_MS > Date.now());
  }

  /** The valid ones, newest first. */
  sessions(): Promise<OperatorSession[]> {
    return this.listed('session', (session) => endOf(session) > Date.now());
  }

  /** @throws MachineKeyNotFoundError */
  async endMachineKey(id: string): Promise<void> {
    if (!(await this.store.end('machine', id))) throw new MachineKeyNotFoundError(id);
    this.record('key.ended', `key:${id}`);
  }

  /** @returns false if there is no such operator session */
  async endSession(id: string): Promise<boolean> {
    const ended = await this.store.end('session', id);
    if (ended) this.record('session.ended', `session:${id}`);
    return ended;
  }

  /** The valid key of a text; undefined if there is none. Counts as a use. Reads the store for texts of its form only. */
  async ofText(text: unknown): Promise<MachineKey | OperatorSession | undefined> {
    const [, prefix, id = ''] = (typeof text === 'string' && SHAPE.exec(text)) || [];
    if (prefix === undefined) return undefined;
    const kind = prefix === PREFIXES.machine ? 'machine' : 'session';
    const key = await this.store.find(kind, id);
    const now = Date.now();
    if (!key || !isSameSecret(this.digestOf(kind, text as string), key.digest) || endOf(key) <= now) return undefined;
    // An unrecorded use has no effect but an earlier end of a session; the next one tries again.
    if (now - (key.lastUsedAt ?? 0) > TOUCH_EVERY_MS) await this.store.touch(kind, id, now).catch(() => undefined);
    return key;
  }

  private issue(kind: KeyKind, lastsMs: number, id = newHandle()) {
    const text = `${PREFIXES[kind]}${id}.${newToken()}`;
    const createdAt = Date.now();
    return { id, text, digest: this.digestOf(kind, text), createdAt, expiresAt: createdAt + lastsMs };
  }

  /** With another operator key, sessions no longer match: they end with the key that opened them. */
  private digestOf(kind: KeyKind, text: string): string {
    return digest(kind === 'session' ? `${text} ${this.general.operatorKey ?? ''}` : text);
  }

  /** Removes those that are no longer shown. */
  private async listed<Kind extends KeyKind>(
    kind: Kind,
    isShown: (key: IssuedKinds[Kind]) => boolean,
  ): Promise<IssuedKinds[Kind][]> {
    const keys = await this.store.list(kind);
    const over = keys.filter((key) => !isShown(key));
    await Promise.all(over.map(({ id }) => this.store.end(kind, id)));
    return keys.filter(isShown);
  }

  private record(
    action: 'key.created' | 'key.ended' | 'operator.signed_in' | 'session.ended',
    object: string,
    detail?: Readonly<Record<string, string | number>>,
  ): void {
    this.audit.record({ actor: 'operator', action, object, outcome: 'done', ...(detail && { detail }) });
  }
}

const lastUseOf = ({ lastUsedAt, createdAt }: OperatorSession): number => lastUsedAt ?? createdAt;

/** When a key ends if it is not used. */
export const endOf = (key: MachineKey | OperatorSession): number =>
  key.kind === 'machine' ? key.expiresAt : Math.min(key.expiresAt, lastUseOf(key) + SESSION_IDLE_MS);
