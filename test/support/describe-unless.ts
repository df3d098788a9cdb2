import { describe } from 'vitest';

/**
 * A suite that is left out where something is missing.
 * @param why what is missing and how to get it, as the report of the run says it; undefined where all is there
 */
export function describeUnless(why: string | undefined, title: string, body: () => void): void {
  // vitest gives a suite that is skipped no room for a reason but its title: test/run/vitest-reporter.mjs reads it there.
  describe.skipIf(why !== undefined)(why === undefined ? title : `${title} [skipped: ${why}]`, body);
}
