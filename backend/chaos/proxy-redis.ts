import { createHash } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Interceptor } from './intercepted-call.ts';

/** A command, and its name for interceptors and reports. */
interface Command {
  readonly name: string;
  readonly bytes: Buffer;
  readonly words: readonly Buffer[];
}

/** The number of key kinds of the script that settles an item; scripts that clear or read a whole transfer have more. */
const MANY_KEYS = 11;

/** A fault of Redis for one process: connections refused, or writes refused because the disk is full. */
export type RedisFault = 'none' | 'gone' | 'misconf';

/**
 * A proxy between a process and Redis. It parses the protocol (RESP 2 and 3) to match commands with replies, and can stop
 * either.
 */
export class RedisProxy {
  /** The number of commands by name. */
  readonly seen = new Map<string, number>();
  interceptor: Interceptor = () => undefined;
  /** Called for each confirmed WAITAOF, before its sender gets the reply. */
  onDurable: () => void = () => undefined;
  fault: RedisFault = 'none';
  /** Counts the processes started behind the proxy, so that a stop affects only the process that was killed. */
  private generation = 0;
  private stoppedGeneration = -1;
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

  /** Forwards traffic again, for the next process. */
  open(): void {
    this.generation++;
  }

  /** Applies to all commands from now on; `none` ends the fault. */
  setFault(fault: RedisFault): void {
    this.fault = fault;
    if (fault === 'gone') for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  private serve(near: Socket): void {
    if (this.fault === 'gone') return void near.destroy();
    const { generation } = this;
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
    // Each direction stays in order, however long an interceptor takes.
    let forwarding = Promise.resolve();
    let returning = Promise.resolve();
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
        if (await this.isStopped(command, 'before', generation)) return cut();
        if (this.fault === 'misconf' && isWrite(command)) {
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
        // RESP3 pushes are not replies to a command.
        if (reply[0] === 0x3e) {
          near.write(reply);
          continue;
        }
        const command = waiting.shift();
        if (command && 'words' in command) {
          if (command.name === 'redis WAITAOF' && reply.toString('latin1').startsWith('*2\r\n:1')) this.onDurable();
          if (await this.isStopped(command, 'after', generation)) return cut();
        }
        near.write(reply);
        refuse();
      }
    };
    near.on('data', (chunk: Buffer) => {
      forwarding = forwarding.then(() => onward(chunk)).catch(cut);
    });
    far.on('data', (chunk: Buffer) => {
      returning = returning.then(() => backward(chunk)).catch(cut);
    });
  }

  private async isStopped({ name }: Command, when: 'before' | 'after', generation: number): Promise<boolean> {
    if (generation <= this.stoppedGeneration) return true;
    if ((await this.interceptor({ name, when })) === 'stop')
      this.stoppedGeneration = Math.max(this.stoppedGeneration, generation);
    return generation <= this.stoppedGeneration;
  }

  /** The first command in the bytes, if it is complete. */
  private commandIn(bytes: Buffer): Command | undefined {
    const line = bytes.indexOf('\r\n');
    if (line < 0) return undefined;
    if (bytes[0] !== 0x2a) throw new Error('The client does not use RESP.');
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

/** The title in the first comment of BullMQ's scripts; ours have none and are named by their keys. */
function titleOf(body: string): string {
  const [, comment = ''] = /^\s*--\[\[\s*(.+)/.exec(body) ?? [];
  return comment.trim().slice(0, 40);
}

/** The kind of a key, without ids: `transfer:states`, `grant`, `queue`. */
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

/** Whether a call of this name changes a transfer's data in Redis. */
export const isLedgerWrite = (name: string): boolean =>
  name.startsWith('redis ') && !READING.test(name) && !/queue|BZPOPMIN|MULTI|EXEC/.test(name);

/** The offset after a reply; undefined while it is incomplete. */
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
