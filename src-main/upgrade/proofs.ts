import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { kvDifferences } from '../openbao/kv-digests.ts';
import type { Run } from '../operations/types.ts';
import { rowsOf } from '../postgres/table-digests.ts';
import { allServicesOf, isRemote } from '../rotation/targets.ts';
import { proveIssuance } from '../rotation/trial-issuance.ts';
import { StepCa } from '../stepca/step-ca.ts';
import { readTextFile } from '../workspace/atomic.ts';
import { prove as proveLadder } from '../services/ladder/prove.ts';
import type { ProofContext } from './context.ts';
import { readFingerprints, takeFingerprints } from './fingerprints.ts';

export interface Expected {
  /** KV paths that the operation itself wrote. */
  readonly written?: readonly string[];
}

/** Every key of OpenBao, every table of the CA and the CA itself are what they were. Throws `upgrade_differs`. */
async function proveSame(context: ProofContext, run: Run, { written = [] }: Expected): Promise<void> {
  const before = await readFingerprints(run);
  if (before === undefined) return;
  const after = await takeFingerprints(context, before.tables !== undefined);
  const keys = kvDifferences(before.keys, after.keys).filter((path) => !written.includes(path));
  const tables = kvDifferences(before.tables ?? {}, after.tables ?? {});
  const [different] = [...keys, ...tables];
  if (different !== undefined) throw new ConsoleError('upgrade_differs', { what: different });
  run.prove({
    title: message('upgrade.proof.keys'),
    outcome: 'proved',
    evidence: message('upgrade.evidence.keys', { count: Object.keys(before.keys).length }),
  });
  if (before.tables !== undefined)
    run.prove({
      title: message('upgrade.proof.tables'),
      outcome: 'proved',
      evidence: message('upgrade.evidence.tables', {
        count: Object.keys(before.tables).length,
        rows: rowsOf(before.tables),
      }),
    });
  const served = await servedRoots(context);
  if (!before.authorities.every((one) => after.authorities.includes(one)) || !served)
    throw new ConsoleError('upgrade_differs', { what: 'CA' });
  run.prove({ title: message('upgrade.proof.authority'), outcome: 'proved' });
}

/** Whether step-ca hands out the root that stands in the file, over a TLS that this root proves. */
async function servedRoots({ services }: ProofContext): Promise<boolean> {
  const ca = await readTextFile(services.paths.rootCert);
  const stepCa = new StepCa({ url: new URL((await services.endpoints()).directoryUrl).origin, ca });
  try {
    return (await stepCa.roots()).length > 0;
  } finally {
    stepCa.close();
  }
}

/** The certificates that services of this host have are still verified and trusted, by real handshakes. */
async function proveLeaves({ services }: ProofContext, run: Run): Promise<void> {
  for (const service of (await allServicesOf(services)).filter((one) => !isRemote(one))) {
    const ladder = await proveLadder(services, service);
    const trusted = ladder.find(({ rung }) => rung === 'trusted')?.outcome;
    // One that has no certificate yet cannot lose its trust.
    if (ladder.find(({ rung }) => rung === 'on_disk')?.outcome !== 'proved') continue;
    run.prove({
      title: message('upgrade.proof.leaf', { name: service.identity }),
      outcome: trusted === 'proved' ? 'proved' : 'not_proved',
    });
    if (trusted !== 'proved') throw new ConsoleError('upgrade_differs', { what: service.identity });
  }
}

/**
 * The whole installation once more from outside: same keys, same tables, same CA, a trial order, and the certificates that were
 * issued before.
 * @throws `upgrade_differs`, those of an order
 */
export async function proveInstallation(
  context: ProofContext,
  run: Run,
  expected: Expected = {},
): Promise<void> {
  // One that was resumed began while OpenBao was away.
  await context.signIn();
  // First: an order writes to the tables.
  await proveSame(context, run, expected);
  await proveIssuance(context.rotation, run);
  await proveLeaves(context, run);
}
