import { execFile } from 'node:child_process';
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The libraries that a program is linked with, the loader among them; none for a static one. */
async function librariesOf(program: string): Promise<string[]> {
  // Of a static program ldd says so, and ends with 1.
  const { stdout } = await run('ldd', [program], { env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } }).catch(
    () => ({ stdout: '' }),
  );
  return [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].flatMap(([, path]) =>
    path === undefined ? [] : [path],
  );
}

/** The root directory of an image in the making, below the directory for temporary files. */
export class RootTree {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes one, lets it be filled and used, and removes it. */
  static async with<T>(work: (tree: RootTree) => Promise<T>): Promise<T> {
    const tree = new RootTree(await mkdtemp(join(tmpdir(), 'image-')));
    try {
      // What the engine reads it as, whatever the umask is.
      await chmod(tree.directory, 0o755);
      await tree.makeDirectory('/tmp', 0o1777);
      await tree.write('/etc/nsswitch.conf', 'hosts: files dns\n');
      return await work(tree);
    } finally {
      await rm(tree.directory, { recursive: true, force: true });
    }
  }

  async makeDirectory(path: string, mode = 0o755): Promise<void> {
    const at = join(this.directory, path);
    await mkdir(at, { recursive: true });
    await chmod(at, mode);
  }

  async write(path: string, text: string, mode = 0o644): Promise<void> {
    await this.makeDirectory(dirname(path));
    await writeFile(join(this.directory, path), text);
    await chmod(join(this.directory, path), mode);
  }

  /** A program of this host with all that it is linked with, which keeps its place. */
  async program(source: string, target: string): Promise<void> {
    await this.#copy(source, target, 0o755);
    for (const library of await librariesOf(source)) await this.#copy(library, library, 0o755);
  }

  async file(source: string, target: string): Promise<void> {
    await this.#copy(source, target, 0o644);
  }

  async #copy(source: string, target: string, mode: number): Promise<void> {
    const at = join(this.directory, target);
    const there = await stat(at).then(
      () => true,
      () => false,
    );
    if (there) return;
    await this.makeDirectory(dirname(target));
    await copyFile(await realpath(source), at);
    await chmod(at, mode);
  }

  /** A directory with everything below it; its programs bring what they are linked with outside of it. */
  async installation(source: string, target: string): Promise<void> {
    await this.makeDirectory(dirname(target));
    await cp(source, join(this.directory, target), { recursive: true, verbatimSymlinks: true });
    const real = await realpath(source);
    for (const name of await readdir(join(source, 'bin')))
      for (const library of await librariesOf(join(source, 'bin', name)))
        if (!(await realpath(library)).startsWith(real)) await this.#copy(library, library, 0o755);
  }
}
