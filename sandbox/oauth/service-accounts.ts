import { createHash, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { SandboxUsageError } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { oauthError, type OAuthErrorName, type OAuthErrorValues } from './oauth-errors.ts';
import { isSignedBy, parseToken } from './signing-key.ts';

/** Maximum lifetime of an assertion, in seconds ("Using OAuth 2.0 for Server to Server Applications"). */
const LONGEST_LIFE = 3600;
/** Allowed difference between two clocks, in seconds. */
const SKEW = 300;

/** The scopes with which a service account may act as any person of an organisation. */
export interface Delegation {
  /** Any domain of the organisation. */
  domain: string;
  /** Full names, as they are listed in the domain's admin console. */
  scopes: string[];
}

export interface ServiceAccount {
  email: string;
  /** The numeric id under which delegation is granted. */
  clientId: string;
  keyId: string;
  /** SPKI, PEM. */
  publicKey: string;
  /** At most one for each organisation. */
  delegations: Delegation[];
}

/** What a verified assertion requests. */
export interface Asserted {
  account: ServiceAccount;
  /** The person to act as; without it, the service account itself. */
  subject?: string;
  scopes: string[];
  /** Requests an id_token for this audience instead of an access token. */
  targetAudience?: string;
}

/** The refusal of an assertion. */
export class AssertionRefused<Name extends OAuthErrorName = OAuthErrorName> extends Error {
  readonly reply: Reply;

  constructor(name: Name, ...values: OAuthErrorValues<Name>) {
    super(name);
    this.reply = oauthError(name, ...values);
  }
}

/** The sandbox's service accounts, and the assertions (RFC 7523) with which they request tokens. */
export class ServiceAccounts {
  private accounts = new Map<string, ServiceAccount>();
  private readonly isSameOrganization: (one: string, other: string) => boolean;

  /** @param isSameOrganization whether two addresses or domains belong to one organisation */
  constructor(isSameOrganization: (one: string, other: string) => boolean) {
    this.isSameOrganization = isSameOrganization;
  }

  has(email: string): boolean {
    return this.accounts.has(email.toLowerCase());
  }

  all(): ServiceAccount[] {
    return [...this.accounts.values()];
  }

  restore(accounts: readonly ServiceAccount[]): void {
    this.accounts = new Map(
      accounts.map((account) => {
        // Older data folders hold a single delegation.
        const { delegation } = account as { delegation?: Delegation };
        const delegations = account.delegations ?? (delegation ? [delegation] : []);
        return [account.email.toLowerCase(), { ...account, delegations }];
      }),
    );
  }

  /**
   * Replaces what a domain's organisation delegates; an empty list of scopes withdraws the delegation.
   * @throws SandboxUsageError for an unknown service account.
   */
  delegate(email: string, { domain, scopes }: Delegation): ServiceAccount {
    const account = this.accounts.get(email.toLowerCase());
    if (!account) throw new SandboxUsageError(`email: There is no service account ${email}; register it first.`);
    const others = account.delegations.filter((each) => !this.covers(each, domain));
    account.delegations = scopes.length > 0 ? [...others, { domain, scopes: [...scopes] }] : others;
    return account;
  }

  /** Whether a delegation covers an address or domain: it applies to all domains of an organisation. */
  private covers(delegation: Delegation, emailOrDomain: string): boolean {
    const domain = emailOrDomain.slice(emailOrDomain.lastIndexOf('@') + 1).toLowerCase();
    return delegation.domain.toLowerCase() === domain || this.isSameOrganization(delegation.domain, domain);
  }

  /** The scopes delegated for an address; `undefined` if there is no delegation. */
  scopesFor({ delegations }: ServiceAccount, email: string): readonly string[] | undefined {
    return delegations.find((each) => this.covers(each, email))?.scopes;
  }

  /**
   * Registers a service account, or replaces its key and delegation. Without a public key (PEM) it creates a key pair and
   * returns the private key as a key file like that of Google's console; the private key is not stored.
   * @throws SandboxUsageError for a key that is not an RSA public key.
   */
  async add(
    request: { email: string; publicKey?: string; delegations?: readonly Delegation[] },
    tokenUri: string,
  ): Promise<Record<string, unknown>> {
    const { email, delegations = [] } = request;
    let privateKey: KeyObject | undefined;
    let publicKey: KeyObject;
    if (request.publicKey === undefined) {
      const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
      ({ privateKey, publicKey } = pair);
    } else publicKey = readPublicKey(request.publicKey);
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const keyId = createHash('sha1').update(pem).digest('hex');
    const clientId = `1${BigInt(`0x${createHash('sha256').update(email.toLowerCase()).digest('hex')}`)}`.slice(0, 21);
    const account: ServiceAccount = {
      email,
      clientId,
      keyId,
      publicKey: pem,
      delegations: [],
    };
    this.accounts.set(email.toLowerCase(), account);
    for (const each of delegations) this.delegate(email, each);
    return {
      email,
      clientId,
      keyId,
      ...(privateKey
        ? {
            keyFile: {
              type: 'service_account',
              project_id: 'sandbox',
              private_key_id: keyId,
              private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
              client_email: email,
              client_id: clientId,
              token_uri: tokenUri,
            },
          }
        : {}),
    };
  }

  /**
   * Verifies an assertion.
   * @param now milliseconds
   * @param audiences accepted token addresses, the preferred one first
   * @throws AssertionRefused with Google's reply
   */
  read(assertion: string, now: number, audiences: readonly string[]): Asserted {
    const token = parseToken(assertion);
    if (!token) throw new AssertionRefused('malformedAssertion');
    const { iss, sub, aud, iat, exp, scope, target_audience: targetAudience } = token.claims;
    const account = typeof iss === 'string' ? this.accounts.get(iss.toLowerCase()) : undefined;
    if (!account) throw new AssertionRefused('unknownServiceAccount');
    const { kid } = token.header;
    if ((kid !== undefined && kid !== account.keyId) || !isSignedBy(token, account.publicKey))
      throw new AssertionRefused('wrongSignature');
    if (typeof aud !== 'string' || !audiences.includes(aud))
      throw new AssertionRefused('wrongAudience', { audience: audiences[0] ?? '' });
    const time = now / 1000;
    if (
      typeof iat !== 'number' ||
      typeof exp !== 'number' ||
      iat > time + SKEW ||
      exp <= time ||
      exp - iat > LONGEST_LIFE + SKEW
    )
      throw new AssertionRefused('wrongTimes');
    const scopes = typeof scope === 'string' ? scope.split(/\s+/).filter(Boolean) : [];
    if (scopes.length === 0 && typeof targetAudience !== 'string') throw new AssertionRefused('noScope');
    if (sub === undefined || sub === account.email)
      return { account, scopes, ...(typeof targetAudience === 'string' ? { targetAudience } : {}) };
    if (typeof sub !== 'string') throw new AssertionRefused('unknownAccount');
    // Delegation is checked first: without it, a client must not learn which accounts the domain has.
    const delegated = this.scopesFor(account, sub);
    if (!delegated || !scopes.every((each) => delegated.includes(each))) throw new AssertionRefused('notDelegated');
    return { account, subject: sub, scopes };
  }
}

function readPublicKey(pem: string): KeyObject {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Reported below.
  }
  throw new SandboxUsageError('publicKey must be an RSA public key in PEM form. Omit it to create a key.');
}
