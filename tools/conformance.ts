// `npm run conformance`: checks the sandbox, or Google, against the conformance rows.
import { runInForeground } from './sandbox.ts';

/** @param args passed on unchanged */
export default function conformance(args: string[]) {
  return runInForeground('sandbox/main.ts', ['conformance', ...args]);
}
