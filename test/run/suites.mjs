import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { runTool } from './child.mjs';
import { readPlaywright, readVitest } from './reports.mjs';

const minute = 60_000;

/** Commands that together count as one test. */
const check = (name, limit, commands) => ({
  name,
  needs: [],
  async run(context) {
    for (const [command, ...args] of commands) {
      const code = await runTool(command, args, { ...context, limitMs: limit * minute });
      if (code !== 0)
        return { passed: 0, failed: [`${command} ${args.join(' ')} found problems`], skipped: [] };
    }
    return { passed: 1, failed: [], skipped: [] };
  },
});

const vitest = (name, limit, needs, projects = name) => ({
  name,
  needs,
  async run(context) {
    const report = path.join(context.directory, `${name}.json`);
    const environment = { ...context.environment, BOOTROOT_TEST_REPORT: report };
    const reporters = ['--reporter=default', '--reporter=./test/run/vitest-reporter.mjs'];
    const args = ['run', '--project', projects, '--passWithNoTests', ...reporters, ...context.filters];
    const code = await runTool('vitest', args, { ...context, environment, limitMs: limit * minute });
    return readVitest(report, code);
  },
});

const specs = (root, wanted) =>
  existsSync(path.join(root, 'test', 'e2e')) &&
  readdirSync(path.join(root, 'test', 'e2e'), { recursive: true }).some(
    (name) => name.endsWith('.spec.ts') && path.basename(name).startsWith('electron') === wanted,
  );

const playwright = (name, project, limit, wrap) => ({
  name,
  needs: ['main', 'renderer'],
  async run(context) {
    if (!specs(context.root, project === 'electron')) return { passed: 0, failed: [], skipped: [] };
    const report = path.join(context.directory, `${name}.json`);
    const environment = { ...context.environment, PLAYWRIGHT_JSON_OUTPUT_NAME: report };
    const [command, ...args] = [...wrap, 'playwright', 'test', '--project', project, '--reporter=list,json'];
    const code = await runTool(command, [...args, ...context.filters], {
      ...context,
      environment,
      limitMs: limit * minute,
    });
    return readPlaywright(report, code);
  },
});

const typecheck = check('typecheck', 6, [
  ['tsc', '-p', 'tsconfig.json'],
  ['tsc', '-p', 'src-renderer/tsconfig.json'],
]);
const lint = check('lint', 8, [
  ['eslint', '.'],
  ['prettier', '--check', '.'],
]);

/**
 * Every suite: rounds one after the other, in each the lanes side by side, in a lane the suites in order. What mostly
 * computes runs beside what mostly waits for servers; browsers miss their times beside others. Limits are minutes.
 */
export const rounds = [
  [[typecheck, lint, vitest('unit', 10, [], 'unit*')], [vitest('integration', 20, ['main'])]],
  [
    [
      playwright('e2e', 'browser', 18, []),
      playwright('electron', 'electron', 10, ['xvfb-run', '-a', '-s', '-screen 0 1600x1200x24']),
    ],
  ],
  [
    [vitest('docker', 22, ['main']), vitest('hosts', process.argv.includes('--long') ? 40 : 12, ['main'])],
    [vitest('faults', 24, ['main'])],
  ],
];

export const suites = rounds.flat(2);
