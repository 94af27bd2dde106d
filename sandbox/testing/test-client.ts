import { SandboxClient } from '../control/client.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../http/server.ts';
import { multipart, send, SILENCE_MS, text, type Answer, type Ask, type Json } from '../conformance/send.ts';
import { until } from '../../tools/until.ts';

export { multipart, SILENCE_MS, text, type Answer, type Ask, type Json };

/** A running sandbox for specs, which use it through HTTP. */
export class TestSandbox {
  readonly sandbox: Sandbox;
  /** The client of the control API. */
  readonly control: SandboxClient;
  alice = '';
  bob = '';

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    this.control = new SandboxClient(sandbox.url);
  }

  static async start(options: SandboxOptions = {}): Promise<TestSandbox> {
    const test = new TestSandbox(await startSandbox(options));
    await test.signIn();
    return test;
  }

  async signIn(): Promise<void> {
    this.alice = await this.token('alice@example.com');
    this.bob = await this.token('bob@example.com');
  }

  async token(account: string, more: object = {}): Promise<string> {
    return (await this.ask('POST', '/__sandbox/tokens', { body: { account, ...more } })).json[
      'access_token'
    ] as unknown as string;
  }

  async close(): Promise<void> {
    await this.sandbox.close();
  }

  /** `path` may be a whole address, as a Location header gives it. Rejects if the connection breaks. */
  ask(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    return send(method, new URL(path, this.sandbox.url), ask);
  }

  /** Waits until this many bytes of request bodies have arrived since the statistics were cleared. */
  async received(bytes: number): Promise<void> {
    await until(`${bytes} bytes have arrived`, async () => (await this.control.stats()).bytesIn >= bytes);
  }

  /** Waits until the first fault has applied to a request. */
  async faultApplied(): Promise<void> {
    await until('the fault has applied', async () => ((await this.control.stats()).faultsStruck[0] ?? 0) > 0);
  }

  /** A call to Drive, by default as Alice. */
  drive(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    return this.ask(method, `/drive/v3/${path}`, { token: this.alice, ...ask });
  }

  async list(q: string, ask: Ask & { fields?: string; orderBy?: string } = {}): Promise<Json[]> {
    const query = new URLSearchParams({ q, pageSize: '1000', fields: ask.fields ?? 'files(id,name)' });
    if (ask.orderBy) query.set('orderBy', ask.orderBy);
    const answer = await this.drive('GET', `files?${query.toString()}`, ask);
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.json['files'] as unknown as Json[];
  }

  /** Creates a file or folder of Alice from metadata and returns its id. */
  async make(metadata: object, token = this.alice): Promise<string> {
    const answer = await this.drive('POST', 'files?fields=id', { token, body: metadata });
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.json['id'] as unknown as string;
  }

  folder(name: string, parent = 'root', token = this.alice): Promise<string> {
    return this.make({ name, mimeType: 'application/vnd.google-apps.folder', parents: [parent] }, token);
  }

  /** Creates a file with content and returns its id. */
  async file(name: string, content: Buffer | string, metadata: object = {}, token = this.alice): Promise<string> {
    const answer = await this.ask('POST', '/upload/drive/v3/files?uploadType=multipart&fields=id', {
      token,
      ...multipart({ name, ...metadata }, content),
    });
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.json['id'] as unknown as string;
  }

  /** Grants Bob (or another) a role and returns the permission's id. */
  async share(fileId: string, role = 'reader', email = 'bob@example.com'): Promise<string> {
    const answer = await this.drive('POST', `files/${fileId}/permissions?sendNotificationEmail=false`, {
      body: { role, type: 'user', emailAddress: email },
    });
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.json['id'] as unknown as string;
  }

  behave(settings: object): Promise<Answer> {
    return this.ask('PUT', '/__sandbox/behavior', { body: settings });
  }
}
