// `npm run conformance`: whether the sandbox, or Google, answers as its conformance rows state.
import { runInForeground } from './sandbox.ts';

/** @param args handed over as they are */
export default function conformance(args: string[]) {
  return runInForeground('sandbox/main.ts', ['conformance', ...args]);
}
