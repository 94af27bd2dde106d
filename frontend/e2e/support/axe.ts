// The engine of accessibility rules. Only the engine: axe's own builder sends its half a megabyte to the page with each run.
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

declare global {
  /** The engine, once the page has it. */
  var axe: { run(context: Document, options: object): Promise<{ violations: Violation[] }> } | undefined;
}

/** A violation of a rule, as axe reports it. */
interface Violation {
  id: string;
  nodes: { target: string[] }[];
}

const require = createRequire(import.meta.url);
/** Its source, which a page can also import. */
export const { source: AXE_SOURCE } = createRequire(require.resolve('@axe-core/playwright'))('axe-core') as {
  source: string;
};

/** Which rules to check, and where the page finds the engine. */
interface Checks {
  /** The rules to skip. */
  except?: string[] | undefined;
  /** The only rules to check. */
  only?: string[];
  /** A path of the page's server, instead of the source: the browser keeps what it compiled of a file. */
  engine?: string;
}

/** The rules of axe (WCAG A and AA, and best practices) that the page violates, each with its first element. */
export async function accessibilityProblems(page: Page, { except = [], only, engine }: Checks = {}) {
  if (await page.evaluate(() => !globalThis.axe)) {
    if (engine) await page.evaluate(`import('${engine}').then(() => undefined)`);
    else await page.evaluate(AXE_SOURCE);
  }
  const rules = only
    ? { runOnly: { type: 'rule', values: only } }
    : { rules: Object.fromEntries(except.map((id) => [id, { enabled: false }])) };
  // Omit details of passed rules; there are no frames.
  const options = { ...rules, resultTypes: ['violations'], iframes: false };
  return page.evaluate(async (checks) => {
    // Measure colours after fades, not during them.
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined)));
    let { violations } = await globalThis.axe!.run(document, checks);
    // What is gone a moment later was on its way: a list's new rows are drawn a frame after its current row has changed, and
    // Material hides a message from screen readers for its first 150 ms, then announces it.
    for (let again = 0; violations.length > 0 && again < 10; again++) {
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      ({ violations } = await globalThis.axe!.run(document, checks));
    }
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target.join(' ')} (${nodes.length})`);
  }, options);
}
