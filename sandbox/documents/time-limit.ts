import { createContext, Script } from 'node:vm';

/** Much longer than any sensible regular expression takes. */
const LIMIT_MS = 2000;

const context = createContext({ work: undefined });
const script = new Script('work()');

/**
 * Runs something that uses a regular expression of a client. Google's engine (RE2) takes linear time; V8's backtracks, so
 * that a pattern like `(a+)+$` would block the sandbox for ever.
 * @throws the error of `expired` after two seconds
 */
export function withTimeLimit<T>(work: () => T, expired: () => Error): T {
  let result: { value: T } | undefined;
  context['work'] = () => {
    result = { value: work() };
  };
  try {
    script.runInContext(context, { timeout: LIMIT_MS });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? expired() : error;
  } finally {
    context['work'] = undefined;
  }
  if (!result) throw new Error('The work has no result.');
  return result.value;
}
