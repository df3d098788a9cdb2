import { ConsoleError } from '../../shared/errors.ts';
import type { DockerEngine } from './engine.ts';

/** A place for a text file inside of a running container. */
export interface ContainerPlace {
  readonly container: string;
  /** Whose the files are there. */
  readonly user: string;
}

/** Lines in, lines out, by words that every shell has: an image of a server need not have more. */
const copyLines = `while IFS= read -r line; do printf '%s\\n' "$line"; done`;
const read = `[ ! -e "$1" ] || { printf '%s\\n' there; ${copyLines} < "$1"; }`;
const replace = `set -eu; umask 077; ${copyLines} > "$1.new"; mv "$1.new" "$1"`;

async function shell(
  engine: DockerEngine,
  { container, user }: ContainerPlace,
  script: string,
  path: string,
  input = '',
): Promise<string> {
  const { code, stdout, stderr } = await engine.exec(
    container,
    ['sh', '-c', script, 'sh', path],
    input,
    user,
  );
  if (code !== 0)
    throw new ConsoleError(
      'docker_refused',
      { name: `${container}:${path}`, status: code },
      { detail: stderr },
    );
  return stdout;
}

/** A text file of a container that runs; undefined where it is not there. Throws `docker_*`. */
export async function readContainerFile(
  engine: DockerEngine,
  place: ContainerPlace,
  path: string,
): Promise<string | undefined> {
  const mark = 'there\n';
  const answer = await shell(engine, place, read, path);
  return answer.startsWith(mark) ? answer.slice(mark.length) : undefined;
}

/** Replaces a text file of a container that runs as a whole; it is its user's alone (0600). Throws `docker_*`. */
export async function replaceContainerFile(
  engine: DockerEngine,
  place: ContainerPlace,
  path: string,
  text: string,
): Promise<void> {
  await shell(engine, place, replace, path, text.endsWith('\n') ? text : `${text}\n`);
}
