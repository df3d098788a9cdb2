// Watches over the Docker engine of a test, in a process group of its own: when the test is gone and the engine's directory is not, it
// ends the containers and the engine and removes the directory. `guard.mjs DIRECTORY`, with standard input held open by the test.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const directory = process.argv[2] ?? '';
const patienceMs = 30_000;

/** Says for the run of all suites that somebody still cleans up (test/run/child.mjs). */
const mark = join(dirname(directory), 'guards', String(process.pid));
mkdirSync(dirname(mark), { recursive: true });
writeFileSync(mark, directory);

const docker = async (...args) => {
  const { stdout } = await run('docker', ['--host', `unix://${join(directory, 'd.sock')}`, ...args], {
    timeout: patienceMs,
  });
  return stdout.split('\n').filter((line) => line !== '');
};

/** The engine's process; undefined: it has ended. Its number may be somebody else's by now. */
function engine() {
  try {
    const pid = Number(readFileSync(join(directory, 'd.pid'), 'utf8'));
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory) ? pid : undefined;
  } catch {
    return undefined;
  }
}

async function cleanUp() {
  const ids = await docker('ps', '--quiet', '--no-trunc').catch(() => []);
  if (ids.length > 0) await docker('kill', ...ids).catch(() => undefined);
  const pid = engine();
  if (pid !== undefined) process.kill(pid, 'SIGTERM');
  const end = Date.now() + patienceMs;
  while (engine() !== undefined && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
  if (engine() !== undefined) process.kill(engine(), 'SIGKILL');
  // A container on this host's own network leaves that mounted, and what is mounted is not removed.
  await run('umount', ['--lazy', join(directory, 'exec', 'netns', 'default')]).catch(() => undefined);
  rmSync(directory, { recursive: true, force: true, maxRetries: 20 });
}

process.stdin.resume().once('end', async () => {
  try {
    if (existsSync(directory)) await cleanUp();
  } finally {
    rmSync(mark, { force: true });
    if (readdirSync(dirname(mark)).length === 0) rmdirSync(dirname(mark));
  }
});
// Who ends the test by a signal to every process that he sees does not end this one.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => undefined);
