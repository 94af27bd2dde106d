import { readFileSync } from 'node:fs';

const GUIDE = new URL('../docs/google-drive.md', import.meta.url);

/** The sections of `docs/google-drive.md` by their numbers, each with its text. */
function sectionsOfGuide(): Map<string, string> {
  const parts = readFileSync(GUIDE, 'utf8').split(/^## (?=\d+ )/m);
  return new Map(
    parts.slice(1).map((part) => [part.slice(0, part.indexOf(' ')), part.slice(part.indexOf('\n')).trim()]),
  );
}

let sections: Map<string, string> | undefined;

/** Checks the source of a row; undefined if it is valid, otherwise the problem. */
export function problemOfSource(source: unknown): string | undefined {
  if (typeof source !== 'string' || source === '') return 'names no source';
  const section = /^§(\d+)$/.exec(source)?.[1];
  if (section === undefined)
    return /^https:\/\/[\w-]+(\.[\w-]+)+\/\S*$/.test(source) && URL.canParse(source)
      ? undefined
      : `"${source}" is neither an https address nor a section such as §6`;
  sections ??= sectionsOfGuide();
  return sections.get(section) ? undefined : `docs/google-drive.md has no section ${section}`;
}
