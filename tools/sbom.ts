// `npm run sbom [-- FILE]`: what ships, as CycloneDX, written by npm itself. Neither tools nor tests are in it.
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { readArguments } from './arguments.ts';
import { npm } from './npm.ts';
import { Problem, say } from './workspace.ts';

/** What is read of npm's CycloneDX. */
interface Bill {
  metadata: { component: { name: string } };
  components: unknown[];
}

export default function sbom(args: string[]) {
  const [file] = readArguments('sbom', args, {}, 1).positionals;
  const { status, stdout, stderr } = npm(['sbom', '--omit=dev', '--omit=optional', '--sbom-format=cyclonedx']);
  if (status !== 0) throw new Problem(`npm could not write it down:\n${stderr.trim()}`);
  const bill = JSON.parse(stdout) as Bill;
  // npm takes the folder's name, which is whatever the checkout is called.
  bill.metadata.component.name = 'cloudmover';
  const text = `${JSON.stringify(bill, undefined, 2)}\n`;
  if (file === undefined) {
    process.stdout.write(text);
    return 0;
  }
  writeFileSync(file, text);
  say(`${file}: ${bill.components.length} components.`);
  return 0;
}
