import { randomUUID } from 'node:crypto';
import { startSandbox, type Sandbox } from '../http/server.ts';
import { send, text, type Answer, type Ask } from './send.ts';
import type { Present } from './match.ts';
import type { Server } from './play.ts';
import { BEGINNING, DAY, PEOPLE, type Person, type Request, type Scenario } from './scenario.ts';

type OnAsked = (method: string, url: URL) => void;

/** A sandbox that is reset before each row, with a clock that only rows advance. */
export class FreshSandbox implements Server {
  readonly sandbox: Sandbox;
  private readonly clock: { now: number };
  private readonly tokens = new Map<string, string>();

  private readonly onAsked: OnAsked;

  private constructor(sandbox: Sandbox, clock: { now: number }, onAsked: OnAsked) {
    this.sandbox = sandbox;
    this.clock = clock;
    this.onAsked = onAsked;
  }

  /** @param onAsked is called for each request of a row */
  static async start(onAsked: OnAsked = () => undefined): Promise<FreshSandbox> {
    const clock = { now: BEGINNING };
    const sandbox = await startSandbox({ accounts: Object.values(PEOPLE), now: () => clock.now });
    return new FreshSandbox(sandbox, clock, onAsked);
  }

  close(): Promise<void> {
    return this.sandbox.close();
  }

  /** Empties the sandbox and sets it as a row requires. */
  async begin({ switches, limits }: Scenario): Promise<void> {
    this.clock.now = BEGINNING;
    this.tokens.clear();
    await this.control('POST', 'reset', {});
    if (switches ?? limits)
      await this.control('PUT', 'behavior', { ...(switches ? { switches } : {}), ...(limits ? { limits } : {}) });
  }

  valueOf(name: string): string | undefined {
    if (name === 'home') return 'root';
    if (name === 'unique') return randomUUID();
    const person = /^name of (\w)(\w+)$/.exec(name);
    return person ? `${person[1]?.toUpperCase()}${person[2]}` : valueOfTime(name, this.clock.now);
  }

  withRealPeople(text: string): string {
    return text;
  }

  present(): Present {
    return { text: new Date(this.clock.now).toISOString(), toleranceMs: 0 };
  }

  async send({ as = 'alice', scopes }: Request, method: string, address: string, ask: Ask): Promise<Answer> {
    const token = await this.tokenOf(as, scopes);
    const url = this.url(address);
    this.onAsked(method, url);
    return send(method, url, { ...(token === undefined ? {} : { token }), ...ask });
  }

  url(address: string): URL {
    return new URL(address, this.sandbox.url);
  }

  advance(ms: number): void {
    this.clock.now += ms;
    // Access tokens expire after an hour.
    this.tokens.clear();
  }

  mayAskAgain(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  private async tokenOf(person: Person, scopes?: string[]): Promise<string | undefined> {
    if (person === 'nobody') return undefined;
    const key = `${person} ${scopes?.join(' ')}`;
    const known = this.tokens.get(key);
    if (known !== undefined) return known;
    const answer = await this.control('POST', 'tokens', { account: PEOPLE[person], ...(scopes ? { scopes } : {}) });
    const token = text(answer.json['access_token']);
    this.tokens.set(key, token);
    return token;
  }

  private async control(method: string, call: string, body: object): Promise<Answer> {
    const answer = await send(method, this.url(`/__sandbox/${call}`), { body });
    if (answer.status !== 200) throw new Error(answer.text);
    return answer;
  }
}

/** Times in rows: `{now}`, `{in a day}`, `{in two years}`, `{a year ago}`. */
export function valueOfTime(name: string, now: number): string | undefined {
  const distance = { now: 0, 'in a day': DAY, 'in two years': 730 * DAY, 'a year ago': -365 * DAY }[name];
  return distance === undefined ? undefined : new Date(now + distance).toISOString();
}
