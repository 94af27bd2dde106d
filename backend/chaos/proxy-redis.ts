import { createHash } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Guard } from './crossing.ts';

/** A command as it came, and what it is called in reports. */
interface Command {
  readonly name: string;
  readonly bytes: Buffer;
  readonly words: readonly Buffer[];
}

/** As many as the script has that settles an item. More of them identify a script that clears or reads a transfer. */
const MANY_KEYS = 11;

/** A sudden state of Redis, as seen by one process. */
export type Trouble = 'none' | 'gone' | 'misconf';

/**
 * Stands between one process and Redis. It follows the protocol (RESP 2 and 3), so that each command is known with its
 * answer, and either may be stopped.
 */
export class RedisProxy {
  /** Commands that came, by name. */
  readonly seen = new Map<string, number>();
  guard: Guard = () => undefined;
  /** Called for each confirmed WAITAOF, before its sender gets the response. */
  onDurable: () => void = () => undefined;
  trouble: Trouble = 'none';
  /** Each process that is started behind the proxy begins one; a stop concerns that of the process it is for. */
  private era = 0;
  private stoppedEra = -1;
  private readonly scripts = new Map<string, string>();
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private readonly targetPort: number;

  private constructor(targetPort: number) {
    this.targetPort = targetPort;
    this.server = createServer((socket) => this.serve(socket));
  }

  static async start(targetPort: number): Promise<RedisProxy> {
    const proxy = new RedisProxy(targetPort);
    await new Promise<void>((done) => proxy.server.listen(0, '127.0.0.1', done));
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Lets traffic through again after a stop, for the next process. */
  open(): void {
    this.era++;
  }

  /** From here on Redis cannot be reached, or refuses to write, or is itself again. */
  set(trouble: Trouble): void {
    this.trouble = trouble;
    if (trouble === 'gone') for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  private serve(near: Socket): void {
    if (this.trouble === 'gone') return void near.destroy();
    const { era } = this;
    const far = connect({ host: '127.0.0.1', port: this.targetPort, noDelay: true });
    near.setNoDelay(true);
    for (const socket of [near, far]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    const waiting: (Command | { readonly refused: string })[] = [];
    let subscribed = false;
    let sent: Buffer = Buffer.alloc(0);
    let answered: Buffer = Buffer.alloc(0);
    // Each direction is worked on in order, however long a guard takes.
    let turn = Promise.resolve();
    let turnBack = Promise.resolve();
    const cut = (): void => {
      near.destroy();
      far.destroy();
    };

    /** Sends a response of the proxy's own after all earlier ones. */
    const refuse = (): void => {
      for (let next = waiting[0]; next && 'refused' in next; next = waiting[0]) {
        near.write(`-${next.refused}\r\n`);
        waiting.shift();
      }
    };
    const onward = async (chunk: Buffer): Promise<void> => {
      sent = sent.length > 0 ? Buffer.concat([sent, chunk]) : chunk;
      for (let command = this.commandIn(sent); command; command = this.commandIn(sent)) {
        sent = sent.subarray(command.bytes.length);
        this.seen.set(command.name, (this.seen.get(command.name) ?? 0) + 1);
        if (await this.halts(command, 'before', era)) return cut();
        if (this.trouble === 'misconf' && isWrite(command)) {
          waiting.push({ refused: 'MISCONF Errors writing to the AOF file: No space left on device' });
          refuse();
          continue;
        }
        if (/^p?subscribe$/i.test(command.words[0]?.toString() ?? '')) subscribed = true;
        waiting.push(command);
        far.write(command.bytes);
      }
    };
    const backward = async (chunk: Buffer): Promise<void> => {
      if (subscribed) return void near.write(chunk);
      answered = answered.length > 0 ? Buffer.concat([answered, chunk]) : chunk;
      for (let end = replyEnd(answered, 0); end !== undefined; end = replyEnd(answered, 0)) {
        const reply = answered.subarray(0, end);
        answered = answered.subarray(end);
        // A push of RESP3 belongs to no command.
        if (reply[0] === 0x3e) {
          near.write(reply);
          continue;
        }
        const command = waiting.shift();
        if (command && 'words' in command) {
          if (command.name === 'redis WAITAOF' && reply.toString('latin1').startsWith('*2\r\n:1')) this.onDurable();
          if (await this.halts(command, 'after', era)) return cut();
        }
        near.write(reply);
        refuse();
      }
    };
    near.on('data', (chunk: Buffer) => {
      turn = turn.then(() => onward(chunk)).catch(cut);
    });
    far.on('data', (chunk: Buffer) => {
      turnBack = turnBack.then(() => backward(chunk)).catch(cut);
    });
  }

  private async halts({ name }: Command, when: 'before' | 'after', era: number): Promise<boolean> {
    if (era <= this.stoppedEra) return true;
    if ((await this.guard({ name, when })) === 'stop') this.stoppedEra = Math.max(this.stoppedEra, era);
    return era <= this.stoppedEra;
  }

  /** The first whole command of what was sent, if there is one. */
  private commandIn(bytes: Buffer): Command | undefined {
    const line = bytes.indexOf('\r\n');
    if (line < 0) return undefined;
    if (bytes[0] !== 0x2a) throw new Error('A client that does not speak RESP.');
    let at = line + 2;
    const words: Buffer[] = [];
    for (let left = Number(bytes.toString('latin1', 1, line)); left > 0; left--) {
      const head = bytes.indexOf('\r\n', at);
      if (head < 0) return undefined;
      const end = head + 2 + Number(bytes.toString('latin1', at + 1, head));
      if (bytes.length < end + 2) return undefined;
      words.push(bytes.subarray(head + 2, end));
      at = end + 2;
    }
    return { name: this.nameOf(words), bytes: bytes.subarray(0, at), words };
  }

  private nameOf(words: readonly Buffer[]): string {
    const verb = words[0]?.toString().toUpperCase() ?? '';
    if (verb === 'EVAL' || verb === 'SCRIPT') {
      const body = verb === 'EVAL' ? words[1] : words[2];
      if (body) this.scripts.set(createHash('sha1').update(body).digest('hex'), titleOf(body.toString()));
    }
    if (verb !== 'EVAL' && verb !== 'EVALSHA') {
      const key = words[1]?.toString('latin1') ?? '';
      return `redis ${verb}${/^[\w{}:@.-]+:/.test(key) ? ` ${kindOf(key)}` : ''}`;
    }
    const count = Number(words[2]?.toString() ?? 0);
    const kinds = new Set(words.slice(3, 3 + count).map((key) => kindOf(key.toString('latin1'))));
    const keys =
      kinds.size > MANY_KEYS
        ? ['everything']
        : kinds.size > 1
          ? [...kinds].filter((kind) => kind !== 'transfer')
          : [...kinds];
    const sha =
      verb === 'EVAL'
        ? createHash('sha1')
            .update(words[1] ?? '')
            .digest('hex')
        : String(words[1]);
    return `redis script ${this.scripts.get(sha) || keys.join(',').replaceAll('transfer:', '')} ${sha.slice(0, 4)}`;
  }
}

/** BullMQ's scripts begin with a comment that names them; ours are recognised by their keys. */
function titleOf(body: string): string {
  const [, comment = ''] = /^\s*--\[\[\s*(.+)/.exec(body) ?? [];
  return comment.trim().slice(0, 40);
}

/** What a key holds, without whose it is: `transfer:states`, `grant`, `queue`. */
function kindOf(key: string): string {
  if (key.startsWith('{cloudmover:queue}')) return 'queue';
  return key
    .replace(/^cloudmover:/, '')
    .split(':')
    .filter((part) => !/[{}]|^\d+$|^[\w-]{16,}$/.test(part))
    .join(':');
}

const READING =
  /^redis (GET|HGET|HMGET|HGETALL|HVALS|HLEN|HKEYS|HEXISTS|MGET|STRLEN|GETRANGE|EXISTS|TTL|PTTL|ZRANGE\w*|ZREV\w*|ZSCORE|ZCARD|ZCOUNT|SMEMBERS|SISMEMBER|SCARD|LRANGE|LLEN|XRANGE|XREVRANGE|XREAD|XLEN|SCAN|TYPE|PING|INFO|HELLO|AUTH|SELECT|CLIENT|COMMAND|CONFIG|SCRIPT|QUIT|SUBSCRIBE|WAITAOF)\b/;

const isWrite = (command: Command): boolean => !READING.test(command.name);

/** Whether a name of a crossing is that of something that changes what Redis holds for a transfer. */
export const isLedgerWrite = (name: string): boolean =>
  name.startsWith('redis ') && !READING.test(name) && !/queue|BZPOPMIN|MULTI|EXEC/.test(name);

/** The end of a reply; undefined while it is incomplete. */
function replyEnd(bytes: Buffer, at: number): number | undefined {
  const line = bytes.indexOf('\r\n', at);
  if (line < 0) return undefined;
  const end = line + 2;
  const count = (): number => Number(bytes.toString('latin1', at + 1, line));
  switch (String.fromCharCode(bytes[at] ?? 0)) {
    case '$':
    case '!':
    case '=':
      return count() < 0 ? end : bytes.length >= end + count() + 2 ? end + count() + 2 : undefined;
    case '*':
    case '~':
    case '>':
      return elements(bytes, end, count());
    case '%':
      return elements(bytes, end, 2 * count());
    case '|': {
      const after = elements(bytes, end, 2 * count());
      return after === undefined ? undefined : replyEnd(bytes, after);
    }
    default:
      return end;
  }
}

function elements(bytes: Buffer, from: number, count: number): number | undefined {
  let at: number | undefined = from;
  for (let left = count; left > 0 && at !== undefined; left--) at = replyEnd(bytes, at);
  return at;
}
