import { spawn } from 'node:child_process';
import { ConsoleError } from '../../../shared/errors.ts';
import { engineEnvironment } from '../../docker/chosen-engine.ts';
import { errno } from '../../workspace/file-failure.ts';

/** The docker command of this host, for what the Engine API does not do: compose, and volumes by label. */
export interface DockerCommand {
  /** Runs to the end and answers standard output. Throws `compose_command`, `compose_no_command`, `cancelled`. */
  run(args: readonly string[], signal?: AbortSignal): Promise<string>;
}

/** What an operator's shell may say to it. COMPOSE_PROJECT_NAME is not among them: it would lead to another's containers (C10). */
const passed = [
  ...['PATH', 'HOME', 'XDG_CONFIG_HOME', 'DOCKER_CONFIG'],
  ...['DOCKER_HOST', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'],
] as const;

function environmentOf(said: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const env: Record<string, string> = { LC_ALL: 'C.UTF-8' };
  for (const name of passed) if (said[name] !== undefined) env[name] = said[name];
  return env;
}

/** @param environment absent: of the moment of each run, since another engine may have been chosen meanwhile */
export function dockerCommand(environment?: Readonly<Record<string, string | undefined>>): DockerCommand {
  return {
    run: (args, signal) =>
      new Promise((resolve, reject) => {
        const env = environmentOf(environment ?? engineEnvironment());
        // Compose is told its directory, which a plan is made for before it is there.
        const child = spawn('docker', [...args], { cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'] });
        let stdout = '';
        let stderr = '';
        const abort = (): void => void child.kill('SIGTERM');
        signal?.addEventListener('abort', abort, { once: true });
        child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
        child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString('utf8')).slice(-4000)));
        child.on('error', (cause) => {
          const code = errno(cause) === 'ENOENT' ? 'compose_no_command' : 'compose_command';
          reject(new ConsoleError(code, { command: args[0] ?? '' }, { cause }));
        });
        child.on('close', (code) => {
          signal?.removeEventListener('abort', abort);
          if (signal?.aborted === true) reject(new ConsoleError('cancelled'));
          else if (code === 0) resolve(stdout);
          else reject(commandFailure(args, stderr));
        });
      }),
  };
}

function commandFailure(args: readonly string[], stderr: string): ConsoleError {
  const words = args.filter((word) => !word.startsWith('-')).slice(0, 1);
  // Without the plugin, docker takes what was meant for it as its own flags.
  if (args[0] === 'compose' && /is not a docker command|^unknown (?:shorthand )?flag/m.test(stderr))
    return new ConsoleError('compose_no_plugin');
  const port = /(?:bind for|listen tcp\S*) [\d.]+:(\d+)/i.exec(stderr)?.[1];
  if (port !== undefined) return new ConsoleError('compose_port', { port: Number(port) }, { detail: stderr });
  if (
    /No such image|pull access denied|manifest (for .*)?(unknown|not found)|failed to resolve reference|Get "?https?:\/\//.test(
      stderr,
    )
  )
    return new ConsoleError('compose_no_image', {}, { detail: stderr });
  return new ConsoleError('compose_command', { command: words.join(' ') }, { detail: stderr });
}
