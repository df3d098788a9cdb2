import { stat } from 'node:fs/promises';
import * as z from 'zod';
import type { Effect } from '../../shared/contract/operations.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { OperationDefinition, Run, Step } from '../operations/types.ts';
import { serverPreconditions } from '../services/preconditions.ts';
import {
  readTextFileIfPresent,
  removeFile,
  replaceFileAtomic,
  writeFileAtomic,
} from '../workspace/atomic.ts';
import { maskOf } from '../workspace/masking.ts';
import {
  caKeysOf,
  keyOpens,
  passwordCandidates,
  passwordKv,
  passwordOf,
  reencrypted,
  toolsPassword,
  type CaKey,
} from './ca-keys.ts';
import type { RotationContext } from './context.ts';
import { kvStep } from './kv-step.ts';
import { ask, filesPrecondition, managedPrecondition, noCaRotationPrecondition } from './preconditions.ts';
import { freshSecret } from './secrets.ts';
import { proveIssuance } from './trial-issuance.ts';

/** The password before this operation: what opens the key that step-ca signs with. Throws `key_password_wrong`. */
async function previousPassword(context: RotationContext, run: Run): Promise<string> {
  return run.stage.once('previous', async () => {
    const keys = await caKeysOf(context.services.paths);
    const signing = keys.find(({ name }) => name === 'intermediate');
    const found = signing && (await passwordOf(signing, await passwordCandidates(context)));
    if (found === undefined) throw new ConsoleError('key_password_wrong');
    return found;
  });
}

const fileEffects = (keys: readonly CaKey[], of: (key: CaKey) => string, action: 'create' | 'change') =>
  keys.map((key): Effect => ({ kind: 'file', path: of(key), action, mode: '0600' }));

/** Both keys under the new password in files of their own, each opened again before anything that is in use is touched. */
function reencryptStep(context: RotationContext, keys: readonly CaKey[]): Step {
  return {
    id: 'reencrypt',
    title: message('rotation.step.reencrypt', { count: keys.length }),
    effects: fileEffects(keys, ({ newPath }) => newPath, 'create'),
    async check(run) {
      const fresh = await run.stage.read('fresh');
      if (fresh === undefined) return false;
      for (const key of keys) if (!(await keyOpens(key, key.newPath, fresh))) return false;
      return true;
    },
    async apply(run) {
      const previous = await previousPassword(context, run);
      const fresh = await freshSecret(run);
      const known = [previous, ...(await passwordCandidates(context))];
      for (const key of keys) {
        const password = await passwordOf(key, known);
        if (password === undefined) throw new ConsoleError('key_password_wrong');
        const { uid, gid } = await stat(key.path);
        await writeFileAtomic(key.newPath, await reencrypted(key, password, fresh), {
          mode: 0o600,
          uid,
          gid,
        });
        if (!(await keyOpens(key, key.newPath, fresh)))
          throw new ConsoleError('rotation_key_not_opened', { path: key.newPath });
      }
    },
    async undo() {
      for (const { newPath } of keys) await removeFile(newPath);
    },
  };
}

function publishStep(context: RotationContext): Step {
  return kvStep(context, {
    id: 'publish',
    title: message('rotation.step.publish_password'),
    paths: [passwordKv],
    keys: 'value',
    prepare: freshSecret,
    wanted: async (run) => ({ value: await freshSecret(run) }),
  });
}

/** Each key under the password, whatever it is under now. */
async function putKeys(keys: readonly CaKey[], password: string, known: readonly string[]): Promise<void> {
  for (const key of keys) {
    if (await keyOpens(key, key.path, password)) continue;
    const now = await passwordOf(key, known);
    if (now === undefined) throw new ConsoleError('key_password_wrong');
    await replaceFileAtomic(key.path, await reencrypted(key, now, password), { mode: 0o600 });
  }
}

/** The keys in use and password.txt. From here to the restart the files are ahead of the running step-ca. */
function swapStep(context: RotationContext, keys: readonly CaKey[]): Step {
  const { passwordFile } = context.services.paths;
  return {
    id: 'swap',
    title: message('rotation.step.swap'),
    effects: [
      ...fileEffects(keys, ({ path }) => path, 'change'),
      { kind: 'file', path: passwordFile, action: 'change', mode: '0600' },
    ],
    async check(run) {
      const fresh = await run.stage.read('fresh');
      if (fresh === undefined) return false;
      for (const key of keys) if (!(await keyOpens(key, key.path, fresh))) return false;
      return (await readTextFileIfPresent(passwordFile)) === fresh;
    },
    async apply(run) {
      const previous = await previousPassword(context, run);
      const fresh = await freshSecret(run);
      await putKeys(keys, fresh, [previous, ...(await passwordCandidates(context))]);
      await replaceFileAtomic(passwordFile, fresh, { mode: 0o600 });
    },
    async undo(run) {
      const previous = await previousPassword(context, run);
      const fresh = await freshSecret(run);
      await putKeys(keys, previous, [fresh, ...(await passwordCandidates(context))]);
      await replaceFileAtomic(passwordFile, previous, { mode: 0o600 });
      await context.topology.restartStepCa(run.signal);
    },
  };
}

export function restartStep(context: RotationContext): Step {
  return {
    id: 'restart',
    title: message('rotation.step.restart'),
    effects: [
      {
        kind: 'process',
        name: 'step-ca',
        action: 'restart',
        note: message('rotation.note.restart'),
      },
    ],
    weight: 2,
    check: async () => false,
    apply: (run) => context.topology.restartStepCa(run.signal),
    // The step before restarts it again, once the files are as they were.
    undo: async () => undefined,
  };
}

/** Both keys open with the new password only; the restarted step-ca signs; then the spare copies go. */
function proveStep(context: RotationContext, keys: readonly CaKey[]): Step {
  return {
    id: 'prove',
    title: message('rotation.step.prove'),
    effects: [...keys.map(({ newPath }) => newPath), toolsPassword(context)].map((path) => ({
      kind: 'file',
      path,
      action: 'remove',
    })),
    weight: 2,
    check: async () => false,
    async apply(run) {
      const previous = await previousPassword(context, run);
      const fresh = await freshSecret(run);
      for (const key of keys) {
        if (!(await keyOpens(key, key.path, fresh)))
          throw new ConsoleError('rotation_key_not_opened', { path: key.path });
        if (await keyOpens(key, key.path, previous))
          throw new ConsoleError('rotation_old_accepted', { name: key.path });
      }
      run.prove({ title: message('rotation.proof.keys', { count: keys.length }), outcome: 'proved' });
      await proveIssuance(context, run);
      for (const { newPath } of keys) await removeFile(newPath);
      // It opens nothing any more.
      await removeFile(toolsPassword(context));
      run.changed('step-ca key password', maskOf(previous), maskOf(fresh));
    },
    undo: async () => undefined,
  };
}

/** The password under which both CA keys are encrypted. */
export function stepcaPasswordDefinition(
  context: RotationContext,
): OperationDefinition<Record<string, never>> {
  const { paths } = context.services;
  return {
    kind: 'rotate.stepca-password',
    unfinished: 'superseded',
    input: z.strictObject({}),
    async prepare() {
      const keys = await caKeysOf(paths);
      return {
        title: message('rotation.stepca_password.title'),
        summary: message('rotation.stepca_password.summary', { count: keys.length }),
        steps: [
          reencryptStep(context, keys),
          publishStep(context),
          swapStep(context, keys),
          restartStep(context),
          proveStep(context, keys),
        ],
        preconditions: [
          ...(await serverPreconditions(context.services)),
          await managedPrecondition(context),
          await noCaRotationPrecondition(context),
          await ask('keys', message('rotation.precondition.keys'), async () => {
            const known = await passwordCandidates(context);
            for (const key of keys)
              if ((await passwordOf(key, known)) === undefined)
                return message('rotation.precondition.key_closed', { path: key.path });
            return undefined;
          }),
          await filesPrecondition([paths.passwordFile, ...keys.map(({ path }) => path)]),
        ],
        confirm: { verb: message('rotation.confirm') },
      };
    },
  };
}
