import { PEOPLE, type Need, type Request, type Scenario } from '../scenario.ts';
import type { Row } from '../scenarios.ts';
import { weightOf } from './connection.ts';
import { ACCOUNTS, type Account } from './credentials.ts';

/** Addresses that exist only in a sandbox. */
const OTHERS = [PEOPLE.carol, PEOPLE.dave, PEOPLE.erin, 'team@example.com'];
/** A write to what a row has not made: the root, the trash, the people of an organisation. */
const FOREIGN_WRITE = /^(POST|PUT|PATCH|DELETE) (files\/(root|trash)\b|\/admin\/)/;

/**
 * Why a row cannot run outside a sandbox of its own; undefined when it can.
 * @param sameOrganisation whether both accounts belong to one; undefined before the accounts are known
 */
export function whyNotLive({ scenario }: Row, sameOrganisation: boolean | undefined): string | undefined {
  const { steps, needs = [], limits } = scenario;
  if (limits || steps.flat().some((step) => 'advance' in step || step.ask.includes('/__sandbox/')))
    return 'needs the control API of a sandbox';
  const requests = requestsOf(scenario);
  if (needs.includes('sandbox')) return 'changes or reads more than its own items';
  if (requests.some(({ ask }) => FOREIGN_WRITE.test(ask))) return 'would change what is not its own';
  if (requests.some(({ ask }) => ask.includes('/admin/'))) return 'needs an administrator';
  if (requests.some(({ scopes }) => scopes)) return 'needs a token with other scopes';
  const text = textOf(requests);
  if (
    requests.some(({ as = 'alice' }) => as !== 'nobody' && !isAccount(as)) ||
    OTHERS.some((each) => text.includes(each))
  )
    return 'needs more than two accounts';
  // Private accounts have no shared drives.
  const needsOrganisation =
    needs.includes('organisation' satisfies Need) || requests.some(({ ask }) => ask.startsWith('POST drives'));
  if (needsOrganisation && sameOrganisation === false) return 'needs two accounts of one Google Workspace organisation';
  return undefined;
}

const isAccount = (person: string): person is Account => ACCOUNTS.some((account) => account === person);

export const requestsOf = ({ steps }: Scenario): Request[] => steps.flat().filter((step) => 'ask' in step);

/** The accounts in whose folders a row works. */
export function homesOf(scenario: Scenario): Account[] {
  const people = requestsOf(scenario)
    .filter((request) => textOf([request]).includes('{home}'))
    .map(({ as = 'alice' }) => as);
  return ACCOUNTS.filter((account) => people.includes(account));
}

/** The most requests that a row counts when nothing is repeated, with those that delete what it makes. */
export function costOf(scenario: Scenario): number {
  const sent = requestsOf(scenario).reduce((sum, { ask, body }) => sum + weightOf(ask, body), 0);
  const made = requestsOf(scenario).filter((request) => isCreation(request)).length;
  return sent + made + 2 * homesOf(scenario).length;
}

/** Whether a request creates an item that may not lie below the folder of its row, and is deleted by itself. */
function isCreation(request: Request): boolean {
  return /^POST (drives|files|\/upload|\/v\d)/.test(request.ask) && !textOf([request]).includes('{home}');
}

/** All texts of requests, those in bodies included. */
function textOf(requests: Request[]): string {
  return JSON.stringify(requests, (_name, value: unknown) =>
    // Buffers arrive here as what their toJSON gives.
    isBufferJson(value) ? Buffer.from(value.data).toString('latin1') : value,
  );
}

function isBufferJson(value: unknown): value is { type: 'Buffer'; data: number[] } {
  return (
    typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'Buffer' && 'data' in value
  );
}
