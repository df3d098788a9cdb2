import type { CheckView, MonitoringSettings } from '../../shared/contract/monitoring.ts';
import type { Timeline } from '../../shared/contract/credential-expiry.ts';
import type { HostRow } from '../../shared/contract/hosts.ts';
import type { Operation } from '../../shared/contract/operations.ts';
import type { RotationItem } from '../../shared/contract/rotation.ts';
import type { Facts } from '../home/facts.ts';
import type { OpenBaoClient } from '../openbao/openbao.ts';
import type { BackupFact, Disk, Picture, Skew } from './picture.ts';
import { askTarget, auditFiles, clockSkew, diskOf } from './probes.ts';

/** Where the parts of a picture come from; each may fail by itself. */
export interface MonitoringSources {
  readonly facts: () => Promise<Facts>;
  readonly rotations: () => Promise<readonly RotationItem[]>;
  readonly timeline: () => Promise<Timeline>;
  readonly hosts: () => Promise<readonly HostRow[]>;
  readonly checks: () => Promise<readonly CheckView[]>;
  readonly settings: () => Promise<MonitoringSettings>;
  /** OpenBao with the console's live session. Throws `no_openbao_session`. */
  readonly client: () => OpenBaoClient;
  /** An audit file of OpenBao as this host has it; undefined: out of reach. */
  readonly auditPath: (path: string) => Promise<string | undefined>;
  /** URLs of servers that answer with a date, by name. */
  readonly clocks: () => Promise<readonly { readonly server: string; readonly url: string }[]>;
  /** PEM bundle by which servers of the installation are trusted; undefined: there is none. */
  readonly bundle: () => Promise<string | undefined>;
  /** Size of step-ca's database; undefined: it is not known here. */
  readonly caDatabaseBytes: () => Promise<number | undefined>;
  /** Directories whose file system must not fill up, whether or not OpenBao can be asked. */
  readonly disks: () => Promise<readonly string[]>;
  /** When a disk will be full, unix milliseconds. */
  readonly fullAt: (disk: Disk) => Promise<number | undefined>;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** The last backup that was taken and the last whose restore was proved, by the journal of operations. */
export function backupOf(operations: readonly Operation[]): BackupFact {
  const ends = (kinds: RegExp): number | undefined => {
    const found = operations.filter(({ kind, state }) => kinds.test(kind) && state === 'done');
    const at = Math.max(0, ...found.map(({ endedAt }) => endedAt ?? 0));
    return at === 0 ? undefined : at;
  };
  const [takenAt, provedAt] = [
    ends(/^backup\.(?:take|create|run)$/),
    ends(/^backup\.(?:rehearse|rehearsal|restore-test)$/),
  ];
  return {
    ...(takenAt === undefined ? {} : { takenAt }),
    ...(provedAt === undefined ? {} : { provedAt }),
  };
}

const present = <T>(value: T | undefined): value is T => value !== undefined;

async function disksOf({ disks, fullAt }: MonitoringSources): Promise<readonly Disk[]> {
  const found = await Promise.all((await disks()).map(diskOf));
  return Promise.all(
    found
      .filter((disk): disk is Disk => present(disk))
      .map(async (disk) => {
        const end = await fullAt(disk);
        return end === undefined ? disk : { ...disk, fullAt: end };
      }),
  );
}

/** Gathers the picture. What cannot be read is named in `unreadable` and is missing from the rest. */
export async function gatherPicture(sources: MonitoringSources): Promise<Picture> {
  const started = sources.now();
  const unreadable: string[] = [];
  const or = async <T, U>(name: string, job: () => Promise<T>, instead: U): Promise<T | U> => {
    try {
      return await job();
    } catch {
      unreadable.push(name);
      return instead;
    }
  };
  const facts = await sources.facts();
  const settings = await sources.settings();
  const ca = await sources.bundle().catch(() => undefined);
  const live = facts.openbao?.session.state === 'live' && facts.openbao.sealed === false;
  const [rotations, timeline, hosts, checks, clocks, disks, caDatabaseBytes, audit, targets] =
    await Promise.all([
      or('rotations', sources.rotations, []),
      or('credentials', sources.timeline, undefined),
      or('hosts', sources.hosts, []),
      or('checks', sources.checks, []),
      or('clocks', sources.clocks, []).then((all) =>
        Promise.all(all.map(({ server, url }) => clockSkew(server, url, ca, sources.now))),
      ),
      or('disks', () => disksOf(sources), []),
      or('CA database', sources.caDatabaseBytes, undefined),
      live
        ? or('audit devices', () => auditFiles(sources.client(), sources.auditPath), undefined)
        : undefined,
      Promise.all(settings.targets.map((target) => askTarget(target, ca))),
    ]);
  return {
    facts,
    settings,
    rotations,
    timeline,
    hosts,
    checks,
    skews: clocks.filter((skew): skew is Skew => present(skew)),
    disks,
    auditFiles: audit,
    caDatabaseBytes,
    targets,
    backup: backupOf(facts.operations),
    unreadable,
    ms: sources.now() - started,
  };
}
