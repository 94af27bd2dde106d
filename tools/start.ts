// `npm start`: starts the product, ready to use.
import { serve } from '../server/serve.ts';
import { folderOf, readArguments } from './arguments.ts';
import { buildStale } from './build.ts';
import { CHECKOUT } from './checkout.ts';

/** @param args `--from DIR`: the real folder put into the sandbox's source account */
export default function start(args: string[]) {
  const { from } = readArguments('start', args, { from: { type: 'string' } }).values;
  return serve({
    installation: CHECKOUT,
    from: from === undefined ? undefined : folderOf('start', 'from', from),
    build: buildStale,
  });
}
