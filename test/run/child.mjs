import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

/** Whether somebody still ends what killed tests have started (test/support/docker/guard.mjs). */
function guarded(directory) {
  try {
    return readdirSync(path.join(directory, 'guards')).length > 0;
  } catch {
    return false;
  }
}

async function untilUnguarded(directory) {
  const end = Date.now() + 60_000;
  while (guarded(directory) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 200));
}

/**
 * Runs one tool of node_modules in its own process group, with its output shown or, given `show`, told to it, and ends
 * the group when `limitMs` or the whole run's `deadline` is over; what it has started beyond the group is waited for then.
 * Answers the exit code, or undefined when it had to be ended.
 */
export function runTool(command, args, { root, environment, limitMs, deadline, show }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...environment, PATH: `${root}/node_modules/.bin:${environment.PATH}` },
      stdio: show === undefined ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const output of [child.stdout, child.stderr]) output?.setEncoding('utf8').on('data', show);
    const end = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // The group has ended by itself.
      }
    };
    let late = false;
    const timer = setTimeout(
      () => {
        late = true;
        end('SIGKILL');
      },
      Math.max(0, Math.min(limitMs, deadline - Date.now())),
    );
    const stop = () => {
      end('SIGTERM');
      process.exit(130);
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      const done = () => resolve(code ?? undefined);
      if (late) untilUnguarded(environment.TMPDIR).then(done, reject);
      else done();
    });
  });
}
