import { PEOPLE, type Need, type Request, type Scenario } from '../scenario.ts';
import type { Row } from '../scenarios.ts';
import { weightOf } from './connection.ts';
import { ACCOUNTS, type Account } from './credentials.ts';

/** Addresses that exist only in a sandbox. */
const OTHERS = [PEOPLE.carol, PEOPLE.dave, PEOPLE.erin, 'team@example.com'];
/** A write to something that a row did not create: the root, the trash, the people of an organisation. */
const FOREIGN_WRITE = /^(POST|PUT|PATCH|DELETE) (files\/(root|trash)\b|\/admin\/)/;

/**
 * Why a row cannot run outside its own sandbox; undefined if it can.
 * @param sameOrganisation whether both accounts belong to one organisation; undefined if not known yet
 */
export function whyNotLive({ scenario }: Row, sameOrganisation: boolean | undefined): string | undefined {
  const { steps, needs = [], limits } = scenario;
  if (limits || steps.flat().some((step) => 'advance' in step || step.ask.includes('/__sandbox/')))
    return 'needs the control API of a sandbox';
  const requests = requestsOf(scenario);
  if (needs.includes('sandbox')) return 'reads or changes more than its own items';
  if (requests.some(({ ask }) => FOREIGN_WRITE.test(ask))) return 'would change items that are not its own';
  if (requests.some(({ ask }) => ask.includes('/admin/'))) return 'needs an administrator';
  if (requests.some(({ scopes }) => scopes)) return 'needs a token with other scopes';
  const text = textOf(requests);
  if (
    requests.some(({ as = 'alice' }) => as !== 'nobody' && !isAccount(as)) ||
    OTHERS.some((each) => text.includes(each))
  )
    return 'needs more than two accounts';
  // Consumer accounts have no shared drives.
  const needsOrganisation =
    needs.includes('organisation' satisfies Need) || requests.some(({ ask }) => ask.startsWith('POST drives'));
  if (needsOrganisation && sameOrganisation === false) return 'needs two accounts of one Google Workspace organisation';
  return undefined;
}

const isAccount = (person: string): person is Account => ACCOUNTS.some((account) => account === person);

export const requestsOf = ({ steps }: Scenario): Request[] => steps.flat().filter((step) => 'ask' in step);

/** The accounts that need a folder for a row. */
export function homesOf(scenario: Scenario): Account[] {
  const people = requestsOf(scenario)
    .filter((request) => textOf([request]).includes('{home}'))
    .map(({ as = 'alice' }) => as);
  return ACCOUNTS.filter((account) => people.includes(account));
}

/** Maximum requests of a row without repetitions, including those that delete its items. */
export function costOf(scenario: Scenario): number {
  const sent = requestsOf(scenario).reduce((sum, { ask, body }) => sum + weightOf(ask, body), 0);
  const made = requestsOf(scenario).filter((request) => isCreation(request)).length;
  return sent + made + 2 * homesOf(scenario).length;
}

/** Whether a request creates an item that may be outside the row's folder and must be deleted separately. */
function isCreation(request: Request): boolean {
  return /^POST (drives|files|\/upload|\/v\d)/.test(request.ask) && !textOf([request]).includes('{home}');
}

/** All texts of requests, including those in bodies. */
function textOf(requests: Request[]): string {
  return JSON.stringify(requests, (_name, value: unknown) =>
    // Buffers appear here in the form of their toJSON.
    isBufferJson(value) ? Buffer.from(value.data).toString('latin1') : value,
  );
}

function isBufferJson(value: unknown): value is { type: 'Buffer'; data: number[] } {
  return (
    typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'Buffer' && 'data' in value
  );
}
