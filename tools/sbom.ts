// `npm run sbom [-- FILE]`: lists the packages that ship as CycloneDX, written by npm; without tools and tests.
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { readArguments } from './arguments.ts';
import { npm } from './npm.ts';
import { Problem, say } from './workspace.ts';

/** The used part of npm's CycloneDX. */
interface Bill {
  metadata: { component: { name: string } };
  components: unknown[];
}

export default function sbom(args: string[]) {
  const [file] = readArguments('sbom', args, {}, 1).positionals;
  const { status, stdout, stderr } = npm(['sbom', '--omit=dev', '--omit=optional', '--sbom-format=cyclonedx']);
  if (status !== 0) throw new Problem(`npm could not list the packages:\n${stderr.trim()}`);
  const bill = JSON.parse(stdout) as Bill;
  // npm uses the name of the checkout's folder.
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
