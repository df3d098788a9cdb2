import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Oldest Node that the pinned packages accept. */
const oldestNode = [20, 19];

/** Undefined when this Node will do, else a sentence. */
export function nodeProblem(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return undefined;
  return `Bootroot Console needs Node ${oldestNode.join('.')} or newer; this is ${version}. Install a newer Node and start again.`;
}

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages ?? {};

/** Whether node_modules holds exactly what the lock file says; parts for other platforms may be absent. */
export function dependenciesAreCurrent(root) {
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = packagesOf(path.join(root, 'package-lock.json'));
  const present = packagesOf(installed);
  return Object.entries(wanted).every(([name, entry]) => {
    if (name === '') return true;
    if (present[name] === undefined) return entry.optional === true;
    return present[name].version === entry.version;
  });
}

/** Runs `npm ci` when needed and says so. Its output goes to standard error: standard output belongs to the command that follows. */
export function installDependencies(root) {
  if (dependenciesAreCurrent(root)) return;
  console.error('Installing the packages of package-lock.json (npm ci).');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    throw new Error(
      'npm ci failed; its message stands above. Check the network or the registry and start again.',
    );
  }
}
