import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, Platform } from 'electron-builder';
import { bundle, ensureElectron } from './electron.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface PackagedConsole {
  /** The executable, as an installed package has it. */
  readonly program: string;
  remove(): Promise<void>;
}

/**
 * The application as electron-builder packages it by electron-builder.yml: archive, unpacked binding, fuses. Only the Electron is the old one
 * of the tests, so a file that fills its gaps comes first, and the inspector is left on because Playwright drives it by that. About 6 s.
 */
export async function packageConsole(): Promise<PackagedConsole> {
  const directory = await mkdtemp(path.join(tmpdir(), 'package-'));
  const electron = path.join(directory, 'electron');
  await cp(await ensureElectron(), electron, { recursive: true });
  await rm(path.join(electron, 'resources', 'app'), { recursive: true });
  await bundle('electron-22-packaged', path.join(directory, 'loader', 'index.cjs'));
  const output = path.join(directory, 'release');
  const shipped = path.join(directory, 'electron-builder.yml');
  const text = await readFile(path.join(root, 'electron-builder.yml'), 'utf8');
  // Fuses that the old version does not have cannot be set.
  await writeFile(
    shipped,
    text.replaceAll(/^ *(grantFileProtocolExtraPrivileges|loadBrowserProcessSpecificV8Snapshot):.*\n/gm, ''),
  );
  await build({
    projectDir: root,
    publish: 'never',
    targets: Platform.LINUX.createTarget('dir'),
    config: {
      extends: shipped,
      directories: { output },
      electronDist: electron,
      electronVersion: '22.3.25',
      extraMetadata: { main: 'loader/index.cjs' },
      files: [{ from: path.join(directory, 'loader'), to: 'loader' }],
      electronFuses: { enableNodeCliInspectArguments: true },
    },
  });
  return {
    program: path.join(output, 'linux-unpacked', 'bootroot-console-window'),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
