import { execFile } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build as bundle } from 'esbuild';
import type { TestProject } from 'vitest/node';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const dist = path.join(root, 'dist');

/** The threads of the core alone: a fault in a host must not keep the unit tests of everything else from running. */
async function buildThreads(): Promise<void> {
  const { outputFiles } = await bundle({
    absWorkingDir: root,
    entryPoints: {
      'store-worker': 'src-main/store/worker.ts',
      'x509-worker': 'src-main/x509/worker.ts',
      'age-worker': 'src-main/setup/local/age-worker.ts',
    },
    outdir: dist,
    outExtension: { '.js': '.cjs' },
    write: false,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node16',
    external: ['@photostructure/sqlite'],
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    keepNames: true,
    logLevel: 'warning',
  });
  await mkdir(dist, { recursive: true });
  for (const file of outputFiles) {
    // Renamed into place: a test run beside this one never loads half a file.
    const staged = `${file.path}.${String(process.pid)}.new`;
    await writeFile(staged, file.contents);
    await rename(staged, file.path);
  }
}

/** Vitest's global set-up: the bundles a project needs are there, and of the present sources. */
export default async function setup(project: TestProject): Promise<void> {
  await buildThreads();
  if (project.name === 'unit') return;
  const main = ['src-main/build.mjs', 'main'];
  await promisify(execFile)(process.execPath, main, { cwd: root }).catch((error: unknown) => {
    // A host that cannot be built fails the tests that start it, and says here why; not those of everything else.
    console.error(error instanceof Error && 'stderr' in error ? error.stderr : error);
  });
}
