import type { Effect } from '../../../shared/contract/operations.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Step } from '../../operations/types.ts';
import { sha256 } from '../../tls/certificates.ts';
import { readTextFileIfPresent, removeFile, writeFileAtomic } from '../../workspace/atomic.ts';
import { encryptKey } from '../../x509/keys.ts';
import { caKeysOf, keyOpens, passwordCandidates, passwordOf, type CaKey } from '../ca-keys.ts';
import type { RotationContext } from '../context.ts';
import { caFilesOf, certificateAt } from './files.ts';
import { makeAuthorities } from './make.ts';
import { atStage, readRecord, removeRecord, writeRecord, type CaKeyMode, type CaKeyStage } from './record.ts';

/** The password that opens the key which signs now. Throws `key_password_wrong`. */
export async function caPassword(context: RotationContext): Promise<string> {
  const keys = await caKeysOf(context.services.paths);
  const signing = keys.find(({ name }) => name === 'intermediate');
  const found = signing && (await passwordOf(signing, await passwordCandidates(context)));
  if (found === undefined) throw new ConsoleError('key_password_wrong');
  return found;
}

/** The keys that wait, as pairs with their certificates. */
function nextKeys(context: RotationContext, mode: CaKeyMode): CaKey[] {
  const { paths } = context.services;
  const pair = (name: CaKey['name'], key: string, certificate: string): CaKey => ({
    name,
    path: `${key}.next`,
    newPath: `${key}.next`,
    certificate: `${certificate}.next`,
  });
  return [
    ...(mode === 'full' ? [pair('root', paths.rootKey, paths.rootCert)] : []),
    pair('intermediate', paths.intermediateKey, paths.intermediateCert),
  ];
}

async function isComplete(context: RotationContext, mode: CaKeyMode): Promise<boolean> {
  const password = await caPassword(context);
  for (const key of nextKeys(context, mode)) {
    if ((await readTextFileIfPresent(key.certificate)) === undefined) return false;
    if (!(await keyOpens(key, key.path, password))) return false;
  }
  return true;
}

/** New certificates and keys in files beside the old ones, which stay in force. Half of them is simply made anew: nothing was published. */
export function generateStep(context: RotationContext, mode: CaKeyMode): Step {
  const files = caFilesOf(context.services.paths, mode);
  return {
    id: 'generate',
    title: message('ca_key.step.generate'),
    effects: files.map(({ next, mode: bits }): Effect => ({
      kind: 'file',
      path: next,
      action: 'create',
      mode: `0${bits.toString(8)}`,
    })),
    weight: 2,
    async check(run) {
      return (await run.stage.read('generated')) !== undefined && isComplete(context, mode);
    },
    async apply(run) {
      const { paths, now } = context.services;
      const password = await caPassword(context);
      const made = await makeAuthorities(paths, mode, password, now());
      const contents = new Map<string, string>([
        [paths.intermediateKey, encryptKey(made.intermediate.key, password)],
        [paths.intermediateCert, made.intermediate.pem],
        ...(mode === 'full'
          ? ([
              [paths.rootKey, encryptKey(made.root.key, password)],
              [paths.rootCert, made.root.pem],
            ] as const)
          : []),
      ]);
      for (const { live, next, mode: bits } of files)
        await writeFileAtomic(next, contents.get(live) ?? '', { mode: bits });
      if (!(await isComplete(context, mode)))
        throw new ConsoleError('rotation_key_not_opened', { path: files[0]?.next ?? '' });
      await run.stage.write('generated', made.intermediate.sha256);
    },
    async undo() {
      for (const { next } of files) await removeFile(next);
    },
  };
}

/** The record that keeps other rotations of the trust away, and by which every later phase knows both generations. */
export function recordStep(context: RotationContext, mode: CaKeyMode): Step {
  const { paths } = context.services;
  return {
    id: 'record',
    title: message('ca_key.step.record'),
    effects: [{ kind: 'file', path: paths.rotationState, action: 'create', mode: '0600' }],
    check: async () => (await readRecord(paths)) !== undefined,
    async apply(run) {
      const fingerprint = async (path: string): Promise<string> => {
        const found = await certificateAt(path);
        if (found === undefined) throw new ConsoleError('file_missing', { path });
        return sha256(found);
      };
      const record = {
        mode,
        started_at: new Date(context.services.now()).toISOString(),
        old_root_fp: await fingerprint(paths.rootCert),
        new_root_fp: await fingerprint(mode === 'full' ? `${paths.rootCert}.next` : paths.rootCert),
        old_intermediate_fp: await fingerprint(paths.intermediateCert),
        new_intermediate_fp: await fingerprint(`${paths.intermediateCert}.next`),
        phase: 1,
        console: { stage: 'preparing' as const, waivers: {} },
      };
      await writeRecord(paths, record);
      run.changed('intermediate', record.old_intermediate_fp, record.new_intermediate_fp);
      if (mode === 'full') run.changed('root', record.old_root_fp, record.new_root_fp);
    },
    undo: () => removeRecord(paths),
  };
}

/** Notes that a phase is through. Undone, the record says what it said before. */
export function advanceStep(context: RotationContext, from: CaKeyStage, to: CaKeyStage): Step {
  const { paths } = context.services;
  const move = async (stage: CaKeyStage): Promise<void> => {
    const record = await readRecord(paths);
    const now = new Date(context.services.now()).toISOString();
    if (record !== undefined) await writeRecord(paths, atStage(record, stage, now));
  };
  return {
    id: 'advance',
    title: message('ca_key.step.advance'),
    effects: [{ kind: 'file', path: paths.rotationState, action: 'change', mode: '0600' }],
    check: async () => (await readRecord(paths))?.console.stage === to,
    apply: () => move(to),
    undo: () => move(from),
  };
}
