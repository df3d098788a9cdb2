import { defineConfig } from 'vitest/config';

/** The bundles that tests load: worker threads, and for the slow suites the hosts. */
const globalSetup = 'test/support/build-workers.ts';

/** Unit tests sit beside the code; the others start real servers on free ports and mostly wait for them: three files at a time. */
const slow = {
  globalSetup,
  testTimeout: 120_000,
  hookTimeout: 240_000,
  maxWorkers: 3,
  expect: { poll: { timeout: 20_000 } },
} as const;

const besideTheCode = ['shared/**/*.test.ts', 'src-main/**/*.test.ts', 'src-renderer/**/*.test.ts'];
const mocksElectron = ['src-main/hosts/electron/**/*.test.ts'];
/** A busy machine answers late: what is polled for has more than vitest's second. */
const quick = { globalSetup, testTimeout: 30_000, expect: { poll: { timeout: 15_000 } } } as const;

export default defineConfig({
  test: {
    projects: [
      // Modules are read once for all files instead of once for each: a third of the time.
      { test: { name: 'unit', include: besideTheCode, exclude: mocksElectron, ...quick, isolate: false } },
      // Each puts its own stand-in where Electron's module would be.
      { test: { name: 'unit-electron', include: mocksElectron, ...quick } },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...slow } },
      {
        test: {
          name: 'docker',
          include: ['test/docker/**/*.test.ts'],
          ...slow,
          testTimeout: 300_000,
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'hosts',
          include: ['test/hosts/**/*.test.ts'],
          ...slow,
          testTimeout: 900_000,
          maxWorkers: 1,
        },
      },
      { test: { name: 'faults', include: ['test/faults/**/*.test.ts'], ...slow, testTimeout: 900_000 } },
    ],
  },
});
