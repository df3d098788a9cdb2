import { isConsoleError } from '../../shared/errors.ts';
import { said, systemdRuns } from './systemctl.ts';

/** Whether a unit starts with the host; `unknown` where systemd does not run it or has no such unit. */
export async function startsAtBoot(unit: string): Promise<'starts' | 'stays_down' | 'unknown'> {
  if (!(await systemdRuns())) return 'unknown';
  try {
    const { stdout } = await said('systemctl', ['is-enabled', '--', unit]);
    const word = stdout.trim();
    if (['enabled', 'enabled-runtime', 'static', 'indirect', 'generated'].includes(word)) return 'starts';
    return word === 'disabled' || word === 'masked' ? 'stays_down' : 'unknown';
  } catch (error) {
    if (isConsoleError(error, 'systemd_no_program')) return 'unknown';
    throw error;
  }
}
