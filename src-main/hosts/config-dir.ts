import { homedir } from 'node:os';
import path from 'node:path';

/** Where the console keeps what belongs to the person and not to one installation: window state and host logs. */
export function configDirectory(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const home = environment['HOME'] ?? environment['USERPROFILE'] ?? homedir();
  const base =
    platform === 'win32'
      ? (environment['APPDATA'] ?? path.join(home, 'AppData', 'Roaming'))
      : platform === 'darwin'
        ? path.join(home, 'Library', 'Application Support')
        : (environment['XDG_CONFIG_HOME'] ?? path.join(home, '.config'));
  return path.join(base, 'bootroot-console');
}
