import type { Effect, Precondition } from '../../shared/contract/operations.ts';
import { message, type Message } from '../../shared/message.ts';
import { askPrecondition } from '../operations/ask-precondition.ts';
import { breakGlassRoleName } from '../openbao/policies.ts';
import { notCopied } from '../postgres/copy-database.ts';
import { compareVersions, majorOf, factsOf, type ServerName } from '../servers/catalogue.ts';
import { readTextFileIfPresent } from '../workspace/atomic.ts';
import { adminDsn, ownerDsn, type UpgradeContext } from './context.ts';
import { readFormer } from './former.ts';

/** What an upgrade asks of this installation: what must hold first, and what whoever confirms shall know. */
export interface Findings {
  readonly preconditions: readonly Precondition[];
  readonly notes: readonly Message[];
}

/** Whether the data of a database have to be dumped and restored. */
export const isMajor = (server: ServerName, from: string, to: string): boolean =>
  server === 'postgres' && majorOf(from) !== majorOf(to);

/** A version from which something is no longer as before, and whether this upgrade crosses it. */
const crosses = (from: string, to: string, change: string): boolean =>
  compareVersions(from, change) < 0 && compareVersions(to, change) >= 0;

async function openbaoFindings(context: UpgradeContext, from: string, to: string): Promise<Findings> {
  const { services, topology } = context;
  const text = (await readTextFileIfPresent(topology.files.openbaoConfig)) ?? '';
  const preconditions = [
    await askPrecondition('storage', message('upgrade.check.storage'), async () => {
      const { storage } = await services.openbao.sealStatus();
      // Removed in 2.7: the server would not start at all (failure mode C34).
      return storage === 'file' && compareVersions(to, '2.7') >= 0
        ? message('upgrade.problem.file_storage', { to })
        : undefined;
    }),
    await askPrecondition('members', message('upgrade.check.members'), async () => {
      const count = services.openbao.members().length;
      return count > 1 ? message('upgrade.problem.members', { count }) : undefined;
    }),
    await askPrecondition('unsealed', message('upgrade.check.unsealed'), async () => {
      const { sealed } = await services.openbao.sealStatus();
      return sealed ? message('upgrade.problem.sealed') : undefined;
    }),
  ];
  const notes: Message[] = [message('upgrade.note.sealed')];
  if (/^\s*disable_mlock\s*=/m.test(text)) notes.push(message('upgrade.note.mlock'));
  // By the API they can be neither made nor changed any more; one that is lost would stay lost.
  const declared = [...text.matchAll(/^\s*audit\s+"[^"]*"\s+"([^"]+)"/gm)].map(([, name]) => name);
  const devices = await services
    .client()
    .audit.list()
    .catch(() => []);
  const loose = devices.map(({ name }) => name).filter((name) => !declared.includes(name));
  if (loose.length > 0) notes.push(message('upgrade.note.audit_api', { names: loose.join(', ') }));
  const open = /disable_unauthed_(?:rekey|generate_root)_endpoints\s*=\s*"?false/.test(text);
  const role = await services
    .client()
    .approle.read(breakGlassRoleName)
    .catch(() => undefined);
  if (crosses(from, to, '2.5') || crosses(from, to, '2.7'))
    if (role === undefined && !open) notes.push(message('upgrade.note.recovery'));
  return { preconditions, notes };
}

async function postgresFindings(context: UpgradeContext, from: string, to: string): Promise<Findings> {
  if (!isMajor('postgres', from, to)) return { preconditions: [], notes: [] };
  const { place } = context;
  const can = await askPrecondition('major', message('upgrade.check.major'), async () =>
    place.major === undefined ? message('upgrade.problem.major') : undefined,
  );
  const whole = await askPrecondition('whole', message('upgrade.check.whole'), async () => {
    const admin = await adminDsn(context);
    if (admin === undefined) return message('upgrade.problem.admin');
    const { user: role, database } = await ownerDsn(context);
    const lost = await notCopied(admin, { role, database });
    return lost.length === 0 ? undefined : message('upgrade.problem.whole', { names: lost.join(', ') });
  });
  return { preconditions: [can, whole], notes: [message('upgrade.note.major', { from, to })] };
}

async function findingsOf(
  context: UpgradeContext,
  server: ServerName,
  from: string,
  to: string,
): Promise<Findings> {
  switch (server) {
    case 'openbao':
      return openbaoFindings(context, from, to);
    case 'postgres':
      return postgresFindings(context, from, to);
    case 'step-ca':
      return { preconditions: [], notes: [message('upgrade.note.stepca')] };
  }
}

/** Everything that is known to change between two versions, looked for in this installation before anything is touched. */
export async function checkUpgrade(
  context: UpgradeContext,
  server: ServerName,
  from: string,
  to: string,
): Promise<Findings> {
  const { services, topology, place } = context;
  const title = factsOf(server).title;
  const before: readonly Precondition[] = [
    await askPrecondition('newer', message('upgrade.check.newer', { server: title, from, to }), async () =>
      compareVersions(to, from) > 0 ? undefined : message('upgrade.problem.newer', { from, to }),
    ),
    await askPrecondition('session', message('upgrade.check.session'), async () => {
      await services.client().token.lookupSelf();
      return undefined;
    }),
    await askPrecondition('running', message('upgrade.check.running'), async () => {
      for (const id of ['openbao', 'postgres', 'responder', 'step-ca'] as const)
        if (!(await topology.isReady(id))) return message('upgrade.problem.running', { server: id });
      return undefined;
    }),
    await askPrecondition('former', message('upgrade.check.former', { server: title }), async () => {
      const former = await readFormer(services.paths, server);
      return former === undefined
        ? undefined
        : message('upgrade.problem.former', { from: former.from.version, to: former.to });
    }),
  ];
  if (before.some(({ met }) => !met)) return { preconditions: before, notes: [] };
  const room =
    server === 'step-ca'
      ? []
      : [
          await askPrecondition('room', message('upgrade.check.room'), async () => {
            const { needed, free } = await place.room(server);
            const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);
            return free > needed * 1.2
              ? undefined
              : message('upgrade.problem.room', { needed: megabytes(needed * 1.2), free: megabytes(free) });
          }),
        ];
  const found = await findingsOf(context, server, from, to);
  return { preconditions: [...before, ...room, ...found.preconditions], notes: found.notes };
}

/** Notes as the plan shows them. */
export const noteEffects = (server: ServerName, notes: readonly Message[]): Effect[] =>
  notes.map((note) => ({ kind: 'touches', who: factsOf(server).title, note }));
