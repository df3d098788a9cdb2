import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ServerName } from './catalogue.ts';

/** Where programs are kept for this user. Nothing is made here. */
export class CachePaths {
  readonly root: string;

  /** @param environment `BOOTROOT_CONSOLE_CACHE_DIR`, else `XDG_CACHE_HOME`, else `~/.cache` decide */
  constructor(environment: Readonly<Record<string, string | undefined>> = process.env) {
    const own = environment['BOOTROOT_CONSOLE_CACHE_DIR'];
    const shared = environment['XDG_CACHE_HOME'];
    this.root =
      own !== undefined && own !== ''
        ? own
        : join(
            shared !== undefined && shared !== '' ? shared : join(homedir(), '.cache'),
            'bootroot-console',
          );
  }

  get servers(): string {
    return join(this.root, 'servers');
  }
  server(name: ServerName, version: string): string {
    return join(this.servers, name, version);
  }
  /** Files that an operator brought, for machines without a network. */
  get offline(): string {
    return join(this.root, 'offline');
  }
  /** Verified downloads of an installation that is not finished. */
  get downloads(): string {
    return join(this.root, 'downloads');
  }
  /** A Go toolchain got for building, when the machine has none that will do. */
  get go(): string {
    return join(this.root, 'go');
  }
  lock(name: string): string {
    return join(this.servers, `${name}.lock.db`);
  }
}
