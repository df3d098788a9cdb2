// `npm test`: installs what the tests need, builds, and runs every suite. The last line is `N passed, N failed, N skipped`.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDependencies, nodeProblem } from '../src-main/hosts/start/dependencies.mjs';
import { installSystemPackages } from '../src-main/hosts/start/system-packages.mjs';
import { testPackages } from './run/packages.mjs';
import { rounds, suites } from './run/suites.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const usage = `npm test -- [--only SUITE]... [--long] [-- FILTER...]\nsuites: ${suites.map(({ name }) => name).join(', ')}`;

function parse(argv) {
  const only = [];
  let filters = [];
  let long = false;
  for (let index = 0; index < argv.length; index += 1) {
    const [flag, inline] = argv[index].split('=', 2);
    if (flag === '--') {
      filters = argv.slice(index + 1);
      break;
    }
    if (flag === '--long') {
      long = true;
      continue;
    }
    const name = inline ?? argv[(index += 1)];
    if (flag !== '--only' || !suites.some((suite) => suite.name === name)) throw new Error(usage);
    only.push(name);
  }
  return { chosen: suites.filter(({ name }) => only.length === 0 || only.includes(name)), filters, long };
}

/** A private configuration and temporary directory; the cache of the person stays, so that servers are not got again. */
function privateEnvironment(long) {
  // Short, because sockets lie in it; passable, because PostgreSQL runs as another user when the tests run as root.
  const directory = mkdtempSync('/tmp/bct-');
  chmodSync(directory, 0o711);
  const ports = path.join(directory, 'ports');
  mkdirSync(ports);
  const foreign = ['BOOTROOT_LANG', 'BOOTROOT_WORK_DIR', 'ELECTRON_RUN_AS_NODE'];
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !foreign.includes(name)),
  );
  const environment = {
    ...inherited,
    CI: '1',
    ...(long ? { BOOTROOT_TEST_LONG: '1' } : {}),
    LANG: 'C.UTF-8',
    TMPDIR: directory,
    BOOTROOT_TEST_PORTS: ports,
    XDG_CONFIG_HOME: path.join(directory, 'config'),
    XDG_DATA_HOME: path.join(directory, 'data'),
    XDG_STATE_HOME: path.join(directory, 'state'),
  };
  return { directory, environment };
}

/** The whole run ends within 45 minutes, with its last line. */
const budgetMs = 42 * 60_000;

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** One suite, added to the totals. What a lane beside another says comes in one piece, when the suite is done. */
async function runSuite(suite, { built, alone, ...context }, totals) {
  const said = [];
  const say = alone ? (text) => process.stdout.write(text) : (text) => said.push(text);
  say(`\n== ${suite.name} ==\n`);
  const started = Date.now();
  const unbuilt = suite.needs.find((part) => built[part] !== undefined);
  const { passed, failed, skipped } =
    unbuilt === undefined
      ? await suite.run({ ...context, ...(alone ? {} : { show: say }) })
      : { passed: 0, failed: [`${unbuilt} could not be built: ${built[unbuilt]}`], skipped: [] };
  totals.passed += passed;
  totals.failed += failed.length;
  totals.problems.push(...failed.map((problem) => `${suite.name}: ${problem}`));
  totals.skipped.push(...skipped.map((skip) => `${suite.name}: ${skip}`));
  const counts = `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
  say(`-- ${suite.name}: ${counts} in ${seconds(started)}\n`);
  process.stdout.write(said.join(''));
}

async function runSuites({ chosen, filters, long }, deadline, built) {
  const { directory, environment } = privateEnvironment(long);
  const totals = { passed: 0, failed: 0, skipped: [], problems: [] };
  const context = { root, directory, environment, filters, deadline, built };
  try {
    for (const round of rounds) {
      const lanes = round.map((lane) => lane.filter((suite) => chosen.includes(suite)));
      const alone = lanes.filter(({ length }) => length > 0).length === 1;
      const runLane = async (lane) => {
        for (const suite of lane) await runSuite(suite, { ...context, alone }, totals);
      };
      await Promise.all(lanes.map(runLane));
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
  const asked = parse(process.argv.slice(2));
  const { chosen } = asked;
  installDependencies(root);
  const missing = installSystemPackages(testPackages(chosen.map(({ name }) => name)));
  if (missing.length > 0) throw new Error(`Missing: ${missing.map(({ name }) => name).join(', ')}.`);
  const started = Date.now();
  const built = await buildFor(chosen);
  const { passed, failed, problems, skipped } = await runSuites(asked, started + budgetMs, built);
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
