import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * `--work-dir`, then BOOTROOT_WORK_DIR, then the current directory when it holds an installation (as the bootroot tools assume).
 * Undefined: nothing was said, so the console takes the one that was open last.
 */
export function chooseWorkDir(
  asked: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  current: string = process.cwd(),
): string | undefined {
  const named = asked ?? environment['BOOTROOT_WORK_DIR'];
  if (named !== undefined && named !== '') return path.resolve(current, named);
  return existsSync(path.join(current, 'state.json')) ? current : undefined;
}
