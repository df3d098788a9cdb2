import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CachePaths } from '../../../src-main/servers/cache-paths.ts';
import { goToolchain } from '../../../src-main/servers/go-toolchain.ts';
import { once } from './cached.ts';

const run = promisify(execFile);
const version = 'v2.40.3';
const module = 'github.com/docker/compose/v2';

/**
 * The compose plugin of the docker command: built from its module, because Debian has none. A minute and a half the first time.
 * @returns a directory for `DOCKER_CONFIG` that holds it
 */
export async function dockerConfig(): Promise<string> {
  return once(`docker-config-${version}`, async (target) => {
    const cache = new CachePaths();
    const go = await goToolchain({ cache, environment: process.env, used: [] }, () => undefined);
    const env = {
      ...process.env,
      CGO_ENABLED: '0',
      GOTOOLCHAIN: 'local',
      GOFLAGS: '-buildvcs=false',
      GOWORK: 'off',
    };
    const place = await mkdtemp(join(tmpdir(), 'compose-'));
    try {
      const { stdout } = await run(go, ['mod', 'download', '-json', `${module}@${version}`], {
        env,
        cwd: place,
      });
      const { Dir: source } = JSON.parse(stdout) as { Dir: string };
      // Its own directory is read-only, and `go install` refuses a module that excludes others.
      const copy = join(place, 'source');
      await cp(source, copy, { recursive: true });
      const flags = `-s -w -X ${module}/internal.Version=${version}`;
      const plugin = join(target, 'cli-plugins', 'docker-compose');
      await run(go, ['build', '-ldflags', flags, '-o', plugin, './cmd'], {
        env,
        cwd: copy,
        maxBuffer: 1 << 26,
      });
    } finally {
      await run('chmod', ['-R', 'u+w', place]);
      await rm(place, { recursive: true, force: true });
    }
  });
}
