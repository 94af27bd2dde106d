// Checks an OpenAPI description by the recommended rules of Redocly and Spectral.
import { readFileSync } from 'node:fs';
import { createConfig, lint } from '@redocly/openapi-core';
import core from '@stoplight/spectral-core';
import rulesets from '@stoplight/spectral-rulesets';

/** What the rules find, including warnings: a line each, with the place in the description and the rule. */
export async function openApiFindings(file: string): Promise<string[]> {
  const redocly = await lint({ ref: file, config: await createConfig({ extends: ['recommended'] }) });
  const spectral = new core.Spectral();
  // Spectral’s own types of its rules do not fit together under our compiler options.
  spectral.setRuleset({ extends: [rulesets.oas as never] });
  const found = await spectral.run(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
  return [
    ...redocly.map(({ location: [at], message, ruleId }) => `${at?.pointer}: ${message} (Redocly: ${ruleId})`),
    ...found.map(({ path, message, code }) => `${path.join('.')}: ${message} (Spectral: ${code})`),
  ];
}
