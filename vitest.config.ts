import { defineConfig } from 'vitest/config';

/** The bundles that tests load: worker threads, and for the slow suites the hosts. */
const globalSetup = 'test/support/build-workers.ts';

/** Unit tests sit beside the code; the others start real servers on free ports and mostly wait for them: three files at a time. */
const slow = { globalSetup, testTimeout: 120_000, hookTimeout: 240_000, maxWorkers: 3 } as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['shared/**/*.test.ts', 'src-main/**/*.test.ts', 'src-renderer/**/*.test.ts'],
          testTimeout: 30_000,
          globalSetup,
        },
      },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...slow } },
      { test: { name: 'docker', include: ['test/docker/**/*.test.ts'], ...slow, maxWorkers: 1 } },
      { test: { name: 'faults', include: ['test/faults/**/*.test.ts'], ...slow, testTimeout: 900_000 } },
    ],
  },
});
