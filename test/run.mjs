// `npm test`: installs what the tests need, builds, and runs every suite. The last line is `N passed, N failed, N skipped`.
import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDependencies, nodeProblem } from '../src-main/hosts/start/dependencies.mjs';
import { installSystemPackages } from '../src-main/hosts/start/system-packages.mjs';
import { testPackages } from './run/packages.mjs';
import { suites } from './run/suites.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const usage = `npm test -- [--only SUITE]... [-- FILTER...]\nsuites: ${suites.map(({ name }) => name).join(', ')}`;

function parse(argv) {
  const only = [];
  let filters = [];
  for (let index = 0; index < argv.length; index += 1) {
    const [flag, inline] = argv[index].split('=', 2);
    if (flag === '--') {
      filters = argv.slice(index + 1);
      break;
    }
    const name = inline ?? argv[(index += 1)];
    if (flag !== '--only' || !suites.some((suite) => suite.name === name)) throw new Error(usage);
    only.push(name);
  }
  return { chosen: suites.filter(({ name }) => only.length === 0 || only.includes(name)), filters };
}

/** A private configuration and temporary directory; the cache of the person stays, so that servers are not got again. */
function privateEnvironment() {
  // Short, because sockets lie in it; passable, because PostgreSQL runs as another user when the tests run as root.
  const directory = mkdtempSync('/tmp/bct-');
  chmodSync(directory, 0o711);
  const foreign = ['BOOTROOT_LANG', 'BOOTROOT_WORK_DIR', 'ELECTRON_RUN_AS_NODE'];
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !foreign.includes(name)),
  );
  const environment = {
    ...inherited,
    CI: '1',
    LANG: 'C.UTF-8',
    TMPDIR: directory,
    XDG_CONFIG_HOME: path.join(directory, 'config'),
    XDG_DATA_HOME: path.join(directory, 'data'),
    XDG_STATE_HOME: path.join(directory, 'state'),
  };
  return { directory, environment };
}

/** The whole run ends within 45 minutes, with its last line. */
const budgetMs = 42 * 60_000;

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

async function runSuites(chosen, filters, deadline, built) {
  const { directory, environment } = privateEnvironment();
  const totals = { passed: 0, failed: 0, skipped: [], problems: [] };
  try {
    for (const suite of chosen) {
      console.log(`\n== ${suite.name} ==`);
      const started = Date.now();
      const unbuilt = suite.needs.find((part) => built[part] !== undefined);
      if (unbuilt !== undefined) {
        totals.failed += 1;
        totals.problems.push(`${suite.name}: ${unbuilt} could not be built: ${built[unbuilt]}`);
        continue;
      }
      const result = await suite.run({ root, directory, environment, filters, deadline });
      totals.passed += result.passed;
      totals.failed += result.failed.length;
      totals.problems.push(...result.failed.map((problem) => `${suite.name}: ${problem}`));
      totals.skipped.push(...result.skipped.map((skip) => `${suite.name}: ${skip}`));
      const { passed, failed, skipped } = result;
      console.log(
        `-- ${suite.name}: ${passed} passed, ${failed.length} failed, ${skipped.length} skipped in ${seconds(started)}`,
      );
    }
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
  return totals;
}

/** Builds what the suites need; answers the first line of what went wrong, by part. */
async function buildFor(chosen) {
  const { build } = await import('../src-main/build.mjs');
  const failures = {};
  for (const part of new Set(chosen.flatMap(({ needs }) => needs))) {
    await build([part]).catch((error) => {
      console.error(error.message);
      failures[part] = error.message.split('\n', 1)[0];
    });
  }
  return failures;
}

async function main() {
  const problem = nodeProblem();
  if (problem !== undefined) throw new Error(problem);
  const { chosen, filters } = parse(process.argv.slice(2));
  installDependencies(root);
  const missing = installSystemPackages(testPackages(chosen.map(({ name }) => name)));
  if (missing.length > 0) throw new Error(`Missing: ${missing.map(({ name }) => name).join(', ')}.`);
  const started = Date.now();
  const built = await buildFor(chosen);
  const { passed, failed, problems, skipped } = await runSuites(chosen, filters, started + budgetMs, built);
  console.log('');
  for (const text of problems) console.log(`failed: ${text}`);
  for (const text of skipped) console.log(`skipped: ${text}`);
  console.log(`everything in ${seconds(started)}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error.message);
    console.log('0 passed, 1 failed, 0 skipped');
    process.exit(1);
  },
);
