import * as z from 'zod';
import type { Effect } from '../../../shared/contract/operations.ts';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { OperationDefinition, Run, Step } from '../../operations/types.ts';
import { serverPreconditions } from '../../services/preconditions.ts';
import { eachBounded } from '../bounded.ts';
import type { RotationContext } from '../context.ts';
import { filesPrecondition, somePrecondition } from '../preconditions.ts';
import {
  accountsAt,
  keptAccounts,
  keyMark,
  keysOf,
  readKey,
  stagedKeys,
  writeKey,
  type KeptAccount,
  type KeyPair,
  type WithAccount,
} from './accounts.ts';

/** How the account came to its new key: taken over, a new account in place of the old one, or nothing to change at the CA. */
type Way = 'changed' | 'replaced' | 'unused';

/**
 * The account under its new key. Where the CA changes no keys a new account is opened; the old one is closed once the new
 * key is in its file. A CA that never saw the old key has nothing to change.
 */
async function moveAccount(at: WithAccount, account: KeptAccount, { old, fresh }: KeyPair): Promise<Way> {
  const known = (key: string): Promise<boolean> => at(key, (session) => session.findAccount());
  const oldKnown = await known(old);
  let way: Way = oldKnown ? 'changed' : 'unused';
  if (oldKnown && !(await known(fresh))) {
    try {
      await at(old, (session) => session.changeKey(fresh));
    } catch (error) {
      // The answer to a change that was made may be lost: the old key is refused then.
      if (!isConsoleError(error, 'acme_no_key_change') && !(await known(fresh))) throw error;
      if (isConsoleError(error, 'acme_no_key_change')) {
        await at(fresh, (session) => session.openAccount());
        way = 'replaced';
      }
    }
  } else if (oldKnown) way = 'replaced';
  else if (await known(fresh)) way = 'changed';
  await writeKey(account, fresh);
  if (way === 'replaced' && (await known(old))) await at(old, (session) => session.deactivate());
  return way;
}

async function proveAccount(at: WithAccount, account: KeptAccount, { old, fresh }: KeyPair): Promise<void> {
  if (!(await at(fresh, (session) => session.findAccount())))
    throw new ConsoleError('account_key_refused', { name: account.id });
  if (await at(old, (session) => session.findAccount()))
    throw new ConsoleError('rotation_old_accepted', { name: account.id });
}

function accountsStep(context: RotationContext, accounts: readonly KeptAccount[]): Step {
  return {
    id: 'accounts',
    title: message('account_keys.step', { count: accounts.length }),
    effects: [
      ...accounts.map(({ path }): Effect => ({ kind: 'file', path, action: 'change', mode: '0600' })),
      { kind: 'touches', who: 'ACME', note: message('account_keys.note') },
    ],
    check: async () => false,
    async apply(run) {
      const at = await accountsAt(context.services);
      const ways: Record<Way, number> = { changed: 0, replaced: 0, unused: 0 };
      await eachBounded(
        accounts,
        async (account) => {
          const keys = await keysOf(run, account);
          const way = await moveAccount(at, account, keys);
          if (way !== 'unused') await proveAccount(at, account, keys);
          ways[way] += 1;
          run.changed(`account ${account.id}`, keyMark(keys.old), keyMark(keys.fresh));
        },
        (part) => run.progress(part),
      );
      if (ways.replaced > 0) run.log(message('account_keys.log.replaced', { count: ways.replaced }));
      tell(run, ways.changed + ways.replaced, ways.unused);
    },
    undo: (run) => takeBack(context, accounts, run),
  };
}

function tell(run: Run, proved: number, unused: number): void {
  if (proved > 0) {
    run.prove({ title: message('account_keys.proof.new', { count: proved }), outcome: 'proved' });
    run.prove({ title: message('account_keys.proof.old', { count: proved }), outcome: 'proved' });
  }
  if (unused > 0) run.log(message('account_keys.log.unused', { count: unused }));
}

/** Back to the old key where the CA takes it; an account that was closed stays closed, and its successor stays. */
async function takeBack(context: RotationContext, accounts: readonly KeptAccount[], run: Run): Promise<void> {
  const at = await accountsAt(context.services);
  await eachBounded(accounts, async (account) => {
    const keys = await stagedKeys(run, account);
    if (keys === undefined) return;
    const freshKnown = await at(keys.fresh, (session) => session.findAccount());
    const oldKnown = await at(keys.old, (session) => session.findAccount());
    if (freshKnown && !oldKnown) {
      try {
        await at(keys.fresh, (session) => session.changeKey(keys.old));
      } catch (error) {
        if (!isConsoleError(error, 'acme_no_key_change')) throw error;
        run.log(message('account_keys.log.kept', { name: account.id }), 'warn');
        return;
      }
    } else if (freshKnown) await at(keys.fresh, (session) => session.deactivate());
    if ((await readKey(account)) !== keys.old) await writeKey(account, keys.old);
  });
}

/** The ACME account keys that this installation keeps: one for each service that the console itself orders for. */
export function accountKeysDefinition(context: RotationContext): OperationDefinition<Record<string, never>> {
  return {
    kind: 'rotate.acme-account-key',
    unfinished: 'first',
    input: z.strictObject({}),
    async prepare() {
      const accounts = await keptAccounts(context.services.paths);
      const servers = await serverPreconditions(context.services);
      return {
        title: message('account_keys.title'),
        summary: message('account_keys.summary', { count: accounts.length }),
        steps: [accountsStep(context, accounts)],
        preconditions: [
          { ...somePrecondition(accounts.length), title: message('account_keys.precondition.some') },
          ...servers.filter(({ id }) => id !== 'responder'),
          await filesPrecondition(accounts.map(({ path }) => path)),
        ],
        confirm: { verb: message('rotation.confirm') },
      };
    },
  };
}
