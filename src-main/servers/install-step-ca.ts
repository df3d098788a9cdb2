import { copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import { catalogue, stepCaModule } from './catalogue.ts';
import type { InstallContext } from './fetch-file.ts';
import { askVersion } from './find-server.ts';
import { goToolchain } from './go-toolchain.ts';
import { ClientFailure, runClient } from './package-client.ts';
import { building, downloading, stretch, type OnProgress } from './progress.ts';

const facts = catalogue['step-ca'];
const moduleSchema = z.object({ Dir: z.string(), Sum: z.string() });

function buildFailed(error: unknown, context: InstallContext): unknown {
  if (!(error instanceof ClientFailure)) return error;
  return new ConsoleError(
    'server_download',
    { server: facts.title, command: facts.command, file: join(context.cache.offline, facts.offline) },
    { detail: error.output, cause: error },
  );
}

/** A binary that the operator brought. It is asked for its version like any other. */
async function fromOffline(target: string, context: InstallContext): Promise<boolean> {
  const offline = join(context.cache.offline, facts.offline);
  const there = await stat(offline).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!there) return false;
  const version = await askVersion(offline, facts.versionArgs, facts.versionPattern);
  if (version !== facts.version) {
    throw new ConsoleError('server_unusable', { server: facts.title, path: offline });
  }
  await copyFile(offline, target);
  return true;
}

/**
 * Builds step-ca from its source, in the source's own directory: so its go.sum pins every dependency, whatever the checksum service
 * or the absence of one says, and the hash of the module itself is pinned here.
 */
export async function installStepCa(
  directory: string,
  context: InstallContext,
  onProgress: OnProgress,
): Promise<void> {
  const target = join(directory, facts.installed);
  if (await fromOffline(target, context)) return;
  const go = await goToolchain(context, onProgress);
  const client = {
    environment: context.environment,
    env: { GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0', GOWORK: 'off' },
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  };
  const report = stretch(onProgress, downloading(facts.title, facts.version), 0.4, 0.5);
  report(0);
  try {
    const answer = await runClient(
      go,
      ['mod', 'download', '-json', `${stepCaModule.path}@${stepCaModule.version}`],
      { ...client, cwd: directory },
    );
    const source = moduleSchema.parse(JSON.parse(answer));
    if (source.Sum !== stepCaModule.sum) {
      throw new ConsoleError('server_digest', {
        server: facts.title,
        file: source.Dir,
        sha256: stepCaModule.sum,
      });
    }
    const progress = stretch(onProgress, building(facts.title, facts.version), 0.5, 0.98);
    let packages = 0;
    let modules = 0;
    await runClient(
      go,
      [
        ...['build', '-v', '-mod=readonly', '-tags', 'postgres'],
        ...['-ldflags', `-s -w -X main.Version=${facts.version}`, '-o', target, './cmd/step-ca'],
      ],
      {
        ...client,
        cwd: source.Dir,
        onLine(line) {
          // It prints one line for each module that it loads and one for each package that it compiles.
          if (line.startsWith('go: downloading')) modules += 1;
          else packages += 1;
          progress(Math.min(0.15, modules / 1000) + 0.85 * Math.min(1, packages / stepCaModule.packages));
        },
      },
    );
  } catch (error) {
    throw buildFailed(error, context);
  }
}
