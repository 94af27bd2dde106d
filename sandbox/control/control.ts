import { GoogleError, SandboxUsageError } from '../http/errors.ts';
import type { Exchange, Reply } from '../http/exchange.ts';
import type { Stats } from '../http/stats.ts';
import type { SandboxState } from '../sandbox-state.ts';
import { CALLS } from './calls.ts';
import { describeControl } from './description.ts';
import { readInput, valuesOf } from './schema.ts';

/**
 * The API that controls the sandbox: `calls.ts` has a row for each call, which also generates `openapi.json`.
 * @throws SandboxUsageError for invalid input, naming the field; the response is 400.
 */
export async function control(state: SandboxState, stats: Stats, exchange: Exchange): Promise<Reply> {
  // Browsers send it with every call that changes something. A page open on this machine must not import its folders.
  if (exchange.header('origin') !== undefined)
    return refusal(403, 'Web pages cannot use the control API; use a program.');
  const name = `${exchange.method} ${exchange.url.pathname.slice('/__sandbox'.length)}`;
  if (name === 'GET /openapi.json') return { status: 200, json: describeControl() };
  const call = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
  if (!call) return refusal(404, 'The control API has no such call; see /__sandbox/openapi.json.');
  const given = exchange.method === 'GET' ? valuesOf(call.input, exchange.query) : await bodyOf(exchange);
  return call.handle({ state, stats, exchange }, readInput(call.input, given) as never);
}

async function bodyOf(exchange: Exchange): Promise<Record<string, unknown>> {
  try {
    return await exchange.json();
  } catch (error) {
    if (error instanceof GoogleError && error.reason === 'parseError')
      throw new SandboxUsageError('The body must be a JSON object.');
    throw error;
  }
}

function refusal(code: number, message: string): Reply {
  return { status: code, json: { error: { code, message } } };
}
