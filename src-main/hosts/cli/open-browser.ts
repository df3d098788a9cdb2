import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['xdg-open'],
  darwin: ['open'],
  win32: ['explorer'],
};

/** Time for a browser to read the file. */
const keepMs = 60_000;

const page = (address: string): string =>
  `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">` +
  `<title>Bootroot Console</title><script>location.replace(${JSON.stringify(address)})</script>`;

/**
 * Opens the one-time address in the person's browser, where there is one. The address holds a token, and arguments of a process
 * are visible to every user of the computer: so the browser gets a private file that leads there.
 */
export async function openBrowser(
  address: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const opener = openers[process.platform];
  const display = environment['DISPLAY'] ?? environment['WAYLAND_DISPLAY'];
  if (opener === undefined || (process.platform === 'linux' && (display ?? '') === '')) return;
  const directory = await mkdtemp(path.join(tmpdir(), 'bootroot-console-'));
  const file = path.join(directory, 'open.html');
  await writeFile(file, page(address), { mode: 0o600 });
  const [command = '', ...args] = opener;
  const child = spawn(command, [...args, file], { stdio: 'ignore', detached: true });
  // No opener on this computer: the address stands in the terminal anyway.
  child.on('error', () => undefined);
  child.unref();
  setTimeout(() => void rm(directory, { recursive: true, force: true }), keepMs).unref();
}
