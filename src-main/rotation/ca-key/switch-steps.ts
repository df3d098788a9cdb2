import { readFile } from 'node:fs/promises';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Run, Step } from '../../operations/types.ts';
import { sha256 } from '../../tls/certificates.ts';
import { readTextFileIfPresent, replaceFileAtomic, writeFileAtomic } from '../../workspace/atomic.ts';
import type { RotationContext } from '../context.ts';
import { proveIssuance } from '../trial-issuance.ts';
import { caFilesOf, certificateAt, type CaFile } from './files.ts';
import { generationsOf, issuerOf } from './generations.ts';
import { requiredRecord, type CaKeyMode } from './record.ts';

/** Which generation the CA files in force shall be of. */
export type Direction = 'new' | 'old';

const sourceOf = (file: CaFile, direction: Direction): string =>
  direction === 'new' ? file.next : file.backup;

async function sameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => readTextFileIfPresent(path)));
  return a !== undefined && a === b;
}

/** Copies of what is in force, made anew each time: those of an earlier rotation would bring back a CA that nobody trusts. */
export function backupStep(context: RotationContext, mode: CaKeyMode): Step {
  const { paths } = context.services;
  const files = caFilesOf(paths, mode);
  /** Once the switch has begun the files in force are no longer the old ones. */
  const isOld = async (): Promise<boolean> => {
    const [live, record] = [await certificateAt(paths.intermediateCert), await requiredRecord(paths)];
    return live !== undefined && sha256(live) === record.old_intermediate_fp;
  };
  return {
    id: 'backup',
    title: message('ca_key.step.backup'),
    effects: files.map(({ backup, mode: bits }) => ({
      kind: 'file',
      path: backup,
      action: 'create',
      mode: `0${bits.toString(8)}`,
    })),
    async check(run) {
      if ((await run.stage.read('backed-up')) === undefined) return false;
      return true;
    },
    async apply(run) {
      if (!(await isOld())) throw new ConsoleError('ca_key_files_changed', { path: paths.intermediateCert });
      for (const { live, backup, mode: bits } of files)
        await writeFileAtomic(backup, await readFile(live, 'utf8'), { mode: bits });
      await run.stage.write('backed-up', 'yes');
    },
    // They do no harm, and the step after this one is undone from them.
    undo: async () => undefined,
  };
}

/** `defaults.json` names the root by fingerprint, for the tools of step. */
async function pointDefaults(context: RotationContext, direction: Direction): Promise<void> {
  const { paths } = context.services;
  const record = await requiredRecord(paths);
  const text = await readTextFileIfPresent(paths.stepDefaults);
  if (text === undefined) return;
  const [from, to] =
    direction === 'new' ? [record.old_root_fp, record.new_root_fp] : [record.new_root_fp, record.old_root_fp];
  if (from !== to && text.includes(from))
    await replaceFileAtomic(paths.stepDefaults, text.replaceAll(from, to));
}

async function put(context: RotationContext, mode: CaKeyMode, direction: Direction): Promise<void> {
  for (const file of caFilesOf(context.services.paths, mode)) {
    const source = sourceOf(file, direction);
    if (!(await sameFile(source, file.live)))
      await replaceFileAtomic(file.live, await readFile(source, 'utf8'), { mode: file.mode });
  }
  await pointDefaults(context, direction);
}

async function isIn(context: RotationContext, mode: CaKeyMode, direction: Direction): Promise<boolean> {
  for (const file of caFilesOf(context.services.paths, mode))
    if (!(await sameFile(sourceOf(file, direction), file.live))) return false;
  return true;
}

/** The CA files in force become those of the other generation. From here to the restart the files are ahead of step-ca. */
export function swapStep(context: RotationContext, mode: CaKeyMode, direction: Direction): Step {
  const back: Direction = direction === 'new' ? 'old' : 'new';
  return {
    id: 'swap',
    title: message(direction === 'new' ? 'ca_key.step.swap' : 'ca_key.step.swap_back'),
    effects: caFilesOf(context.services.paths, mode).map(({ live }) => ({
      kind: 'file',
      path: live,
      action: 'change',
    })),
    check: () => isIn(context, mode, direction),
    apply: () => put(context, mode, direction),
    async undo(run) {
      await put(context, mode, back);
      await context.topology.restartStepCa(run.signal);
    },
  };
}

/** A trial issuance comes from the generation that shall issue. */
export function proveIssuerStep(context: RotationContext, direction: Direction): Step {
  const prove = async (run: Run): Promise<void> => {
    const { paths } = context.services;
    const leaf = await proveIssuance(context, run);
    if (leaf === undefined) return;
    const issuer = issuerOf(leaf, await generationsOf(paths, await requiredRecord(paths)));
    if (issuer !== direction) throw new ConsoleError('ca_key_wrong_issuer');
    run.prove({ title: message(`ca_key.proof.issuer_${direction}`), outcome: 'proved' });
  };
  return {
    id: 'prove-issuer',
    title: message('ca_key.step.prove_issuer'),
    effects: [],
    weight: 2,
    check: async () => false,
    apply: prove,
    undo: async () => undefined,
  };
}
