// `npm start`: brings the project up from a fresh clone and opens the console in a window or in a browser.
// Plain JavaScript without dependencies, because it runs before anything is installed.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDependencies, nodeProblem } from './start/dependencies.mjs';
import { installSystemPackages, serverPackages } from './start/system-packages.mjs';
import { fetchElectron, findElectron, hasDisplay, rootForbidsWindow } from './start/window.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

const usage = `npm start -- [options]
  --window         the Electron window
  --web            serve to a browser on this computer
  --workspace DIR  work directory to open
  --port N         port of --web (default: any free one)
Without --window or --web: the window where there is a display and an Electron, else the browser.
npm run console -- WORDS   the command line; npm run console -- --help lists its words
npm run demo -- [--keep DIR] [--topology local|compose|external]`;

class Stop extends Error {}

function parse(argv) {
  const options = { host: 'auto', workspace: undefined, port: '0', run: undefined, rest: [] };
  const rest = [...argv];
  const value = (flag) => {
    const next = rest.shift();
    if (next === undefined || next.startsWith('-')) throw new Stop(`${flag} needs a value.\n${usage}`);
    return next;
  };
  while (rest.length > 0) {
    const [flag, inline] = rest.shift().split(/=(.*)/s);
    if (inline !== undefined) rest.unshift(inline);
    if (flag === '--window' || flag === '--web') options.host = flag.slice(2);
    else if (flag === '--workspace' || flag === '--work-dir') options.workspace = path.resolve(value(flag));
    else if (flag === '--port') options.port = value(flag);
    else if (flag === '--run') {
      options.run = value(flag);
      options.rest = rest.splice(0);
      if (options.rest[0] === '--') options.rest.shift();
    } else if (flag === '--help' || flag === '-h') options.run = 'help';
    else throw new Stop(`Unknown option ${flag}.\n${usage}`);
  }
  if (!/^\d{1,5}$/.test(options.port) || Number(options.port) > 65_535)
    throw new Stop(`--port ${options.port} is no port.`);
  return options;
}

/** Runs a child in the foreground; signals of the terminal reach it directly, others are passed on. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: process.cwd(), stdio: 'inherit' });
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(signal === null ? code : 1));
  });
}

const runConsole = (args) => run(process.execPath, [path.join(root, 'dist', 'console.cjs'), ...args]);

function chooseElectron(host) {
  if (host === 'web' || (host === 'auto' && !hasDisplay())) return undefined;
  const refuse = (reason) => {
    if (host === 'window') throw new Stop(`${reason} Use --web instead.`);
    console.error(`${reason} Serving to the browser instead.`);
  };
  if (!hasDisplay()) return refuse('There is no display for a window.');
  if (rootForbidsWindow())
    return refuse("The window does not run as root: Chromium's sandbox needs an ordinary user.");
  return findElectron(root) ?? fetchElectron(root) ?? refuse('There is no Electron for this platform.');
}

async function prepare(options) {
  const problem = nodeProblem();
  if (problem !== undefined) throw new Stop(problem);
  installDependencies(root);
  if (options.run !== 'cli') installSystemPackages(serverPackages);
  const { build } = await import('../build.mjs');
  await build(options.run === undefined || options.rest.includes('web') ? undefined : ['main']);
}

async function main(argv) {
  const options = parse(argv);
  if (options.run === 'help') {
    console.log(usage);
    return 0;
  }
  await prepare(options);
  if (options.run === 'cli') return runConsole(options.rest);
  if (options.run === 'demo') return runConsole(['demo', ...options.rest]);
  if (options.run !== undefined) throw new Stop(`--run ${options.run} is unknown.\n${usage}`);
  const { port, workspace } = options;
  const electron = chooseElectron(options.host);
  if (electron !== undefined)
    return run(electron, [root, ...(workspace === undefined ? [] : [`--workspace=${workspace}`])]);
  return runConsole([
    'web',
    '--open',
    '--port',
    port,
    ...(workspace === undefined ? [] : ['--work-dir', workspace]),
  ]);
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code ?? 1),
  (error) => {
    console.error(error instanceof Stop ? error.message : `The console could not start: ${error.message}`);
    process.exitCode = error instanceof Stop ? 2 : 1;
  },
);
