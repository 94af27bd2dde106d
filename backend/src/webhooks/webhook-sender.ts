import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';
import type { Config } from '../config/config.js';
import { AllowedAddresses } from './allowed-addresses.js';
import type { AttemptError } from './webhooks.port.js';

/** The longest time until a receiver has returned the head of its response (ms); for the connection alone, half of it. */
const TIMEOUT_MS = 15_000;
/** Enough of a response to see what is wrong. */
const MAX_REPLY_BYTES = 1_024;
/** How long the rest of a response is read (ms): the receiver has reported its result in the status already. */
const REPLY_MS = 1_000;
/** Node's own limit is the same; fixed here because it is a defence. */
const MAX_HEADER_BYTES = 16_384;

/** An address that a name stands for. */
interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Resolves a name to all its addresses. @throws an error of `node:dns` */
type Resolve = (name: string) => Promise<readonly ResolvedAddress[]>;

/** What came of sending a message once: the response, or why there is none. */
export interface SendResult {
  /** Undefined: there was no response. */
  readonly status?: number;
  readonly error?: AttemptError;
  /** Until the head of the response (or the failure), in milliseconds. */
  readonly latencyMs: number;
  /** The beginning of the response's body. */
  readonly reply?: string;
}

class AddressRefusedError extends Error {
  readonly code = 'CLOUDMOVER_ADDRESS_REFUSED';
}

/**
 * Sends messages to receivers, which may be hostile: it connects only to allowed addresses, follows no redirects, and
 * bounds the time and the size of responses. Never throws because of a receiver.
 */
export class WebhookSender implements OnApplicationShutdown {
  private readonly addresses: AllowedAddresses;
  private readonly agent: Agent;

  constructor(
    private readonly config: Config['webhooks'],
    private readonly resolve: Resolve = resolveName,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {
    this.addresses = new AllowedAddresses(config.allowedNetworks);
    const connect = buildConnector({
      timeout: timeoutMs / 2,
      // The addresses that are checked are those that are connected to: a second look-up could have another result.
      lookup: (name, { all }, done) => {
        this.allowedAddressesOf(name).then(
          (found) => (all ? done(null, [...found]) : done(null, found[0]!.address, found[0]!.family)),
          (error: NodeJS.ErrnoException) => done(error, []),
        );
      },
    });
    this.agent = new Agent({
      maxHeaderSize: MAX_HEADER_BYTES,
      connect: (options, done) => {
        // Node does not look up a host that is an address.
        if (isIP(options.hostname) !== 0 && !this.addresses.allows(options.hostname))
          done(new AddressRefusedError(), null);
        else connect(options, done);
      },
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  /**
   * Whether the host of a URL may be connected to, as far as is known now. A name that cannot be resolved is allowed:
   * each connection is checked again.
   */
  async isAllowed(url: string): Promise<boolean> {
    const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0) return this.addresses.allows(host);
    return this.allowedAddressesOf(host).then(
      () => true,
      (error: unknown) => !(error instanceof AddressRefusedError),
    );
  }

  /**
   * Sends a message once.
   * @param headers those that sign it
   * @param signal cancels it; the result is then of no use
   */
  async send(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal?: AbortSignal,
  ): Promise<SendResult> {
    // The setting may have changed since the webhook was created.
    if (!this.config.allowHttp && new URL(url).protocol !== 'https:') return { error: 'http_refused', latencyMs: 0 };
    const began = performance.now();
    const latency = () => Math.round(performance.now() - began);
    const abort = new AbortController();
    const timer = setTimeout(
      () => abort.abort(new DOMException('No response in time.', 'TimeoutError')),
      this.timeoutMs,
    );
    try {
      const response = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'CloudMover-Webhooks', ...headers },
        body,
        dispatcher: this.agent,
        signal: signal ? AbortSignal.any([abort.signal, signal]) : abort.signal,
        // A connection that is kept would bypass the check of the next one's address.
        reset: true,
      });
      const latencyMs = latency();
      clearTimeout(timer);
      return { status: response.statusCode, latencyMs, reply: await beginningOf(response.body) };
    } catch (error) {
      return { error: reasonOf(error), latencyMs: latency() };
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws AddressRefusedError if none of them is allowed; what `resolve` throws */
  private async allowedAddressesOf(name: string): Promise<readonly ResolvedAddress[]> {
    const allowed = (await this.resolve(name)).filter(({ address }) => this.addresses.allows(address));
    if (allowed.length === 0) throw new AddressRefusedError();
    return allowed;
  }
}

/** DNS does not have the name, or there is no DNS here. */
const NO_SUCH_NAME: readonly unknown[] = ['ENOTFOUND', 'ENODATA', 'ECONNREFUSED'];

/**
 * Resolves a name by DNS, and only if DNS has no such name by the machine's own means (/etc/hosts): those block one of
 * few threads, which a slow DNS server would take away from everything else.
 */
const resolveName: Resolve = async (name) => {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = [
    ...(v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, family: 4 })) : []),
    ...(v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, family: 6 })) : []),
  ];
  if (found.length > 0) return found;
  for (const { reason } of [v4, v6].filter((each) => each.status === 'rejected'))
    if (!NO_SUCH_NAME.includes((reason as NodeJS.ErrnoException).code)) throw reason;
  return lookup(name, { all: true });
};

/** The beginning of a body as text, as far as it arrives in time; the rest, and the connection, are dropped. */
async function beginningOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => body.destroy(), REPLY_MS);
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      parts.push(part.subarray(0, MAX_REPLY_BYTES - size));
      size += part.length;
      if (size >= MAX_REPLY_BYTES) break;
    }
  } catch {
    // Cut off here or by the receiver: the status counts.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(parts).toString('utf8');
}

const REASONS: readonly [RegExp, AttemptError][] = [
  [/^CLOUDMOVER_ADDRESS_REFUSED$/, 'address_refused'],
  [/^(E?TIMEOUT|ETIMEDOUT|TimeoutError|UND_ERR_\w*TIMEOUT)$/, 'timeout'],
  [/^(ENOTFOUND|ENODATA|EAI_\w+|ESERVFAIL|EREFUSED|EBADRESP|EBADNAME)$/, 'name_not_found'],
  [/CERT|^ERR_(TLS|SSL)_|^EPROTO$|^(UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/, 'tls_failed'],
  [/^HPE_|^UND_ERR_HEADERS_OVERFLOW$|^UND_ERR_RES_/, 'invalid_response'],
];

function reasonOf(error: unknown): AttemptError {
  const { code, name } = error as NodeJS.ErrnoException;
  const text = typeof code === 'string' ? code : (name ?? '');
  return REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? 'connection_failed';
}
