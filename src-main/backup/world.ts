import type { OpenBaoClient } from '../openbao/openbao.ts';
import type { Store } from '../store/store.ts';
import type { Dsn } from '../workspace/dsn.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';

/** What a set of backups is taken of. */
export interface BackupWorld {
  readonly paths: WorkspacePaths;
  readonly client: () => OpenBaoClient;
  /** step-ca's database as this host calls it; undefined: this host knows none. Throws those of reading ca.json. */
  readonly database: () => Promise<Dsn | undefined>;
  /** What the console remembers: schedules, journal, audit log. */
  readonly store: Pick<Store, 'all'>;
  /** Unix milliseconds. */
  readonly now: () => number;
}
