import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const binaries = {
  darwin: ['Electron.app', 'Contents', 'MacOS', 'Electron'],
  win32: ['electron.exe'],
};

/** Whether a window could be shown. */
export function hasDisplay(environment = process.env, platform = process.platform) {
  if (platform === 'darwin' || platform === 'win32') return true;
  return Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY);
}

/** The Electron binary that is on this machine, or undefined. */
export function findElectron(root, environment = process.env, platform = process.platform) {
  const folder =
    environment.ELECTRON_OVERRIDE_DIST_PATH ?? path.join(root, 'node_modules', 'electron', 'dist');
  const file = path.join(folder, ...(binaries[platform] ?? ['electron']));
  return existsSync(file) ? file : undefined;
}

/** Electron's package comes without its binary; its own installer fetches it and checks its hash. Answers whether it is there now. */
export function fetchElectron(root) {
  console.error('Fetching the Electron binary for the window (node_modules/electron/install.js).');
  const installer = path.join(root, 'node_modules', 'electron', 'install.js');
  spawnSync(process.execPath, [installer], { cwd: root, stdio: ['ignore', 2, 2], timeout: 180_000 });
  return findElectron(root);
}

/** Chromium's sandbox does not work as root on Linux, and the console never switches it off. */
export const rootForbidsWindow = () => process.platform === 'linux' && process.getuid?.() === 0;
