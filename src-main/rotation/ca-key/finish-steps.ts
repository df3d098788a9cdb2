import { X509Certificate } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Run, Step } from '../../operations/types.ts';
import { readBundle, sha256 } from '../../tls/certificates.ts';
import { reachesPin } from '../../tls/pins.ts';
import { readTextFile, removeFile } from '../../workspace/atomic.ts';
import { issueLeaf, openAuthority } from '../../x509/authority.ts';
import { decryptKey, generateKey } from '../../x509/keys.ts';
import type { RotationContext } from '../context.ts';
import { caFilesOf, type CaFile } from './files.ts';
import { generationsOf, newTrusted } from './generations.ts';
import { caPassword } from './prepare-steps.ts';
import { readRecord, removeRecord, requiredRecord, writeRecord, type CaKeyMode } from './record.ts';

/**
 * A leaf that the old key signs now, in memory, leads to nothing that is trusted any more. It is shown alone, as services show theirs.
 * @throws `rotation_old_accepted`
 */
async function proveOldRefused(context: RotationContext, run: Run): Promise<void> {
  const { paths, now } = context.services;
  const all = await generationsOf(paths, await requiredRecord(paths));
  const key = decryptKey(await readTextFile(`${paths.intermediateKey}.bak`), await caPassword(context));
  const minute = 60_000;
  const leaf = await issueLeaf(
    {
      names: ['localhost'],
      key: await generateKey('ec-p256'),
      purposes: ['server'],
      notBefore: now() - minute,
      lifetime: 2 * minute,
    },
    openAuthority(all.oldIntermediate.raw, key),
  );
  const anchors = readBundle(newTrusted(all).ca_bundle_pem);
  if (reachesPin(new X509Certificate(leaf.pem), anchors, new Set(anchors.map(sha256)), now()))
    throw new ConsoleError('rotation_old_accepted', { name: 'CA' });
  run.prove({ title: message('ca_key.proof.old_refused'), outcome: 'proved' });
}

export interface CleanOptions {
  /** Whether certificates and encrypted keys of the CA before are removed from this host too. */
  readonly destroyOld: boolean;
  /** The generation that stays. */
  readonly stays: 'new' | 'old';
}

const left = (files: readonly CaFile[], { destroyOld, stays }: CleanOptions): string[] =>
  files.flatMap(({ next, backup }) => [next, ...(destroyOld || stays === 'old' ? [backup] : [])]);

/**
 * Files of the old CA that are kept get a name of their own. Under the tools' name for backups a later rotation of theirs would take
 * them for its own and publish a CA that nobody has (formats-newer.md, "Rotations that changed").
 */
async function putAside(context: RotationContext, files: readonly CaFile[]): Promise<void> {
  const { old_intermediate_fp: fingerprint } = await requiredRecord(context.services.paths);
  for (const { live, backup } of files)
    await rename(backup, `${live}.retired-${fingerprint.slice(0, 8)}`).catch((error: unknown) => {
      // Moved before a crash.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
}

/** The last step: nothing leads back from here. The record goes last, so that a crash before is found. */
export function cleanStep(context: RotationContext, mode: CaKeyMode, options: CleanOptions): Step {
  const { paths } = context.services;
  const files = left(caFilesOf(paths, mode), options);
  return {
    id: 'clean',
    title: message(options.stays === 'new' ? 'ca_key.step.finish' : 'ca_key.step.forget'),
    effects: [...files, paths.rotationState].map((path) => ({ kind: 'file', path, action: 'remove' })),
    check: async () => (await readRecord(paths)) === undefined,
    async apply(run) {
      // Once: after a crash the old key may be gone already.
      if (options.stays === 'new')
        await run.stage.once('old-refused', async () => {
          await proveOldRefused(context, run);
          return 'yes';
        });
      for (const path of files) await removeFile(path);
      if (options.stays === 'new' && !options.destroyOld) await putAside(context, caFilesOf(paths, mode));
      await removeRecord(paths);
    },
  };
}

/** One service need not be waited for. Who says so, when and why stands in the audit log and in the record. */
export function waiveStep(context: RotationContext, service: string, reason: string): Step {
  const { paths } = context.services;
  return {
    id: 'waive',
    title: message('ca_key.step.waive', { name: service }),
    effects: [{ kind: 'file', path: paths.rotationState, action: 'change', mode: '0600' }],
    check: async () => (await readRecord(paths))?.console.waivers[service]?.reason === reason,
    async apply(run) {
      const record = await requiredRecord(paths);
      const at = new Date(context.services.now()).toISOString();
      record.console.waivers[service] = { reason, at };
      await writeRecord(paths, record);
      run.log(message('ca_key.log.waived', { name: service, reason }), 'warn');
    },
    async undo() {
      const record = await requiredRecord(paths);
      const others = Object.entries(record.console.waivers).filter(([name]) => name !== service);
      const waivers = Object.fromEntries(others);
      await writeRecord(paths, { ...record, console: { ...record.console, waivers } });
    },
  };
}
