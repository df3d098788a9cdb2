import type { Drift } from '../../shared/contract/drift.ts';
import { remarksOn } from '../servers/known-versions.ts';

export { upgradeOrder } from '../servers/known-versions.ts';

type Row = Drift['versions'][number];

interface Running {
  readonly server: 'openbao' | 'step-ca' | 'postgres';
  readonly version: string | undefined;
  /** Of OpenBao. */
  readonly storage?: string;
}

const titles = { openbao: 'OpenBao', 'step-ca': 'step-ca', postgres: 'PostgreSQL' } as const;

/** What runs, and what is known to be wrong with it. @param now unix milliseconds */
export const versionRows = (running: readonly Running[], now: number): Row[] =>
  running.map(({ server, version, storage }) => ({
    server: titles[server],
    ...(version === undefined ? {} : { version }),
    known:
      version === undefined
        ? []
        : [...remarksOn(server, version, { now, ...(storage === undefined ? {} : { storage }) })],
  }));
