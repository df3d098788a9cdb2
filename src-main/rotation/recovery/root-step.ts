import type { Effect } from '../../../shared/contract/operations.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { OpenBao, OpenBaoClient } from '../../openbao/openbao.ts';
import { aboutToBegin, isNoted } from '../../openbao/recovery-answer.ts';
import type { RecoveryInterface } from '../../openbao/recovery.ts';
import type { RootGeneration } from '../../openbao/root-generation.ts';
import type { ForeignToken } from '../../openbao/token-accessors.ts';
import type { Run, Step } from '../../operations/types.ts';
import type { RecoveryDesk } from './desk.ts';

export interface RootWish {
  /** Life of the new token. */
  readonly ttlMinutes: number;
  /** End every other root token. */
  readonly revokeOthers: boolean;
}

export interface RootStepContext {
  readonly desk: RecoveryDesk;
  readonly openbao: () => OpenBao;
  readonly now: () => number;
  readonly interface: RecoveryInterface;
  /** A quorum of the shares that hold when the step runs. */
  readonly present: (run: Run) => Promise<readonly string[] | undefined>;
}

const note = 'root-attempt';
const sinceNote = 'root-since';
/** In the metadata of a token: the operation that made it. */
const mark = 'bootroot-console';

/** Ends our own attempt of an earlier try. Throws `recovery_busy` for one of somebody else. */
async function clearAttempt(run: Run, generation: RootGeneration): Promise<void> {
  const attempt = await generation.attempt();
  if (!attempt.started) return;
  if (!isNoted(attempt, await run.stage.read(note)))
    throw new ConsoleError('recovery_busy', { path: 'root' });
  await generation.cancel();
}

/** The server's clock before the first try, unix seconds: what this operation makes is younger, what was there is not. */
const sinceOf = async (context: RootStepContext, run: Run): Promise<number> =>
  Number(
    await run.stage.once(sinceNote, async () => {
      const { clockSkewMs = 0 } = await context.openbao().health(context.now);
      const second = Math.floor((context.now() + clockSkewMs) / 1000);
      // The server tells whole seconds: what others made in this one must not look like ours.
      await new Promise((resolve) => setTimeout(resolve, 1100));
      return String(second);
    }),
  );

/** @param own accessors that stay. Answers how many were ended. */
async function endOthers(
  client: OpenBaoClient,
  own: readonly string[],
  which: (token: ForeignToken) => boolean,
): Promise<number> {
  const others = (await client.accessors.roots()).filter(
    (token) => !own.includes(token.accessor) && which(token),
  );
  for (const { accessor } of others) await client.accessors.revoke(accessor);
  return others.length;
}

/** A root token that does not expire, for the time of an action. */
async function asRoot<T>(
  context: RootStepContext,
  run: Run,
  action: (client: OpenBaoClient, accessor: string) => Promise<T>,
): Promise<T> {
  const present = await context.present(run);
  if (present === undefined) throw new ConsoleError('recovery_no_quorum');
  const generated = await context.desk.access(async ({ rootToken }) => {
    await clearAttempt(run, rootToken);
    await run.stage.write(note, aboutToBegin);
    return rootToken.generate(present, (nonce) => run.stage.write(note, nonce));
  });
  const client = context.openbao().withToken(generated);
  try {
    return await action(client, (await client.token.lookupSelf()).accessor);
  } finally {
    await client.token.revokeSelf();
  }
}

const lostBy =
  (operationId: string, since: number) =>
  ({ path, createdAt, meta }: ForeignToken): boolean =>
    meta[mark] === operationId || (path === 'auth/token/root' && createdAt > since);

async function makeRoot(context: RootStepContext, wish: RootWish, run: Run): Promise<void> {
  const { operationId } = run;
  const lost = lostBy(operationId, await sinceOf(context, run));
  const ttl = `${String(wish.ttlMinutes)}m`;
  const ended = await asRoot(context, run, async (forever, own) => {
    // OpenBao's own root token never expires. It makes one that does, and ends.
    const { token, accessor } = await forever.token.create({
      policies: ['root'],
      ttl,
      explicit_max_ttl: ttl,
      no_parent: true,
      renewable: false,
      meta: { [mark]: operationId },
    });
    const client = context.openbao().withToken(token);
    const count = await endOthers(client, [accessor, own], (one) => wish.revokeOthers || lost(one));
    const expiresAt = context.now() + wish.ttlMinutes * 60_000;
    await context.desk.root.put({ operationId, token, accessor, expiresAt, client });
    run.changed('root token', undefined, accessor);
    return count;
  });
  if (ended > 0) run.log(message('recovery.log.ended', { count: ended }));
}

/** A token that was made and lost by a console that died is ended too; only a root token can see it. */
async function takeBack(context: RootStepContext, run: Run): Promise<void> {
  if (context.desk.root.of(run.operationId) !== undefined) return context.desk.root.revoke();
  if ((await run.stage.read(note)) === undefined) return;
  const lost = lostBy(run.operationId, await sinceOf(context, run));
  await asRoot(context, run, (client, own) => endOthers(client, [own], lost));
}

const effects = (kind: RecoveryInterface, { revokeOthers }: RootWish): Effect[] => [
  {
    kind: 'openbao',
    path: `sys/generate-root${kind === 'legacy' ? '' : '-token'}/attempt`,
    action: 'create',
    what: 'token',
    detail: 'root',
  },
  ...(revokeOthers
    ? [
        {
          kind: 'openbao',
          path: 'auth/token/accessors',
          action: 'remove',
          what: 'token',
          detail: 'root',
        } as const,
        { kind: 'touches', who: 'OpenBao', note: message('recovery.note.children') } as const,
      ]
    : []),
];

/** A new root token that expires, held in memory for whoever looks at it first. */
export function rootTokenStep(context: RootStepContext, wish: RootWish): Step {
  return {
    id: 'root-token',
    title: message('recovery.step.root'),
    effects: effects(context.interface, wish),
    check: async (run) => context.desk.root.of(run.operationId) !== undefined,
    apply: (run) => makeRoot(context, wish, run),
    undo: (run) => takeBack(context, run),
  };
}

/** The token works and is the only one. A console that died has lost it: another is made, which ends the lost one. */
export function proveRootStep(context: RootStepContext, wish: RootWish): Step {
  const { root, shares } = context.desk;
  return {
    id: 'prove',
    title: message('rotation.step.prove'),
    effects: [],
    check: async () => false,
    async apply(run) {
      if (root.of(run.operationId) === undefined) await makeRoot(context, wish, run);
      const held = root.of(run.operationId);
      if (held === undefined) throw new ConsoleError('recovery_no_token');
      const { policies } = await held.client.token.lookupSelf();
      // The one that never ends, by which this one was made, is ended by a call that may have been lost.
      const lost = lostBy(run.operationId, await sinceOf(context, run));
      await endOthers(held.client, [held.accessor], (one) => wish.revokeOthers || lost(one));
      run.prove({
        title: message('recovery.proof.root_new'),
        outcome: policies.includes('root') ? 'proved' : 'contradicted',
        evidence: message('recovery.evidence.accessor', { accessor: held.accessor }),
      });
      // Their work is done; nobody else shall use them.
      shares.reset();
      if (!wish.revokeOthers) return;
      const others = (await held.client.accessors.roots()).filter(
        ({ accessor }) => accessor !== held.accessor,
      );
      run.prove({
        title: message('recovery.proof.root_old'),
        outcome: others.length === 0 ? 'proved' : 'contradicted',
      });
    },
    undo: (run) => takeBack(context, run),
  };
}
