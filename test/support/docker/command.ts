import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The docker command on an engine of a test: what the product never needs, such as making images. Answers standard output. */
export async function docker(socket: string, args: readonly string[]): Promise<string> {
  const env = {
    PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
    HOME: '/nonexistent',
    DOCKER_HOST: `unix://${socket}`,
  };
  const { stdout } = await run('docker', [...args], { env, maxBuffer: 1 << 26 });
  return stdout.trim();
}
