import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the built bundles are: beside this code when it is bundled itself, else `dist/` of the source checkout. */
export function distDirectory(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return basename(here) === 'install' && basename(dirname(here)) === 'src-main'
    ? join(here, '..', '..', 'dist')
    : here;
}
