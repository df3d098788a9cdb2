import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Effect } from '../../shared/contract/operations.ts';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { OperationDefinition, Run, Step } from '../operations/types.ts';
import { postToken } from '../responder/client.ts';
import { readAgentText } from '../services/agent-profile.ts';
import type { Service } from '../services/entry.ts';
import { serverPreconditions } from '../services/preconditions.ts';
import { responderAccess } from '../services/responder-access.ts';
import { editAgentConfig } from '../workspace/agent-config.ts';
import { readTextFile, replaceFileAtomic } from '../workspace/atomic.ts';
import { maskOf } from '../workspace/masking.ts';
import { editToml, parseToml, valueAt, type TomlChange } from '../workspace/toml.ts';
import { eachBounded, everyBounded } from './bounded.ts';
import type { RotationContext } from './context.ts';
import { kvStep } from './kv-step.ts';
import { replaceFiles, type FileText } from './many-files.ts';
import { ask, filesPrecondition, managedPrecondition } from './preconditions.ts';
import { freshSecret } from './secrets.ts';
import { allServicesOf, isRemote, markSync } from './targets.ts';
import { tellAgents, tellAgentsEffect } from '../processes/tell-agents.ts';
import { proveIssuance } from './trial-issuance.ts';

const inputSchema = z.strictObject({
  /** How long calls signed with the old secret are accepted beside the new one: 0, not at all, to a day. */
  overlapMinutes: z.number().int().min(0).max(1440).default(0),
});
type Input = z.infer<typeof inputSchema>;

const hmacPath = 'bootroot/responder/hmac';
/** How long the responder may take to read its configuration again, milliseconds. */
const reloadPatienceMs = 10_000;

const storedSecret = async (context: RotationContext): Promise<string | undefined> => {
  const value = (await context.services.client().kv.read(hmacPath))?.data['value'];
  return typeof value === 'string' ? value : undefined;
};

/** The secret before this operation, staged before anything else; undefined when there was none. */
async function previousSecret(context: RotationContext, run: Run): Promise<string | undefined> {
  const kept = await run.stage.once('previous', async () => (await storedSecret(context)) ?? '');
  return kept === '' ? undefined : kept;
}

function publishStep(context: RotationContext, services: readonly Service[]): Step {
  const remote = services.filter(isRemote).map(({ id }) => id);
  const own = services.map(({ id }) => `bootroot/services/${id}/http_responder_hmac`);
  return kvStep(context, {
    id: 'publish',
    title: message('rotation.step.publish_hmac'),
    paths: [hmacPath, ...own],
    keys: 'value, hmac',
    async prepare(run) {
      await previousSecret(context, run);
      await freshSecret(run);
    },
    async wanted(run, path) {
      const fresh = await freshSecret(run);
      return path === hmacPath ? { value: fresh } : { hmac: fresh };
    },
    async after(run) {
      const previous = await previousSecret(context, run);
      run.changed(
        'bootroot/responder/hmac',
        previous === undefined ? undefined : maskOf(previous),
        maskOf(await freshSecret(run)),
      );
      await markSync(context.services, remote, 'responder_hmac', 'pending');
    },
    afterUndo: () => markSync(context.services, remote, 'responder_hmac', 'none'),
  });
}

const agentSecret = (text: string, path: string): unknown =>
  valueAt(parseToml(text, path), ['acme', 'http_responder_hmac']);

async function setAgentSecrets(
  paths: readonly string[],
  secret: string,
  onDone?: (fraction: number) => void,
): Promise<void> {
  const files: FileText[] = [];
  await eachBounded(paths, async (path) => {
    const before = await readAgentText(path);
    // No file: the service has no agent on this host yet, and onboarding writes the secret of the day.
    if (before === '') return;
    const text = editAgentConfig(before, { settings: { acme: { http_responder_hmac: secret } } }, path);
    if (text !== before) files.push({ path, text, mode: 0o600 });
  });
  await replaceFiles(files, onDone);
}

/** Each local agent.toml: one key, everything else byte for byte; agents that run with it read it again. */
function agentsStep(context: RotationContext, files: readonly string[]): Step {
  return {
    id: 'agents',
    title: message('rotation.step.agents', { count: files.length }),
    effects: [
      ...files.map((path): Effect => ({ kind: 'file', path, action: 'change' })),
      ...(files.length === 0 ? [] : [tellAgentsEffect]),
    ],
    async check(run) {
      const fresh = await freshSecret(run);
      return everyBounded(files, async (path) => {
        const text = await readAgentText(path);
        return text === '' || agentSecret(text, path) === fresh;
      });
    },
    async apply(run) {
      await setAgentSecrets(files, await freshSecret(run), (part) => run.progress(part));
      await tellAgents(files, run);
    },
    async undo(run) {
      const previous = await previousSecret(context, run);
      if (previous === undefined) return;
      await setAgentSecrets(files, previous);
      await tellAgents(files, run);
    },
  };
}

/** Whether the responder accepts a call signed with this secret. A refusal of the signature is an answer. */
async function accepts(context: RotationContext, secret: string, run: Run): Promise<boolean> {
  const access = await responderAccess(context.services);
  const token = randomBytes(16).toString('base64url');
  try {
    await postToken({ ...access, secret }, token, `${token}.rotation`, 1, run.signal);
    return true;
  } catch (error) {
    if (isConsoleError(error, 'responder_hmac')) return false;
    throw error;
  }
}

/** The secret before, and until when the responder takes it as well. */
interface Overlap {
  readonly secret: string;
  /** Unix seconds. */
  readonly until: number;
}

/** Undefined where the operator asked for none. The end is staged: a resume does not make it later. */
async function overlapOf(context: RotationContext, minutes: number, run: Run): Promise<Overlap | undefined> {
  const secret = minutes === 0 ? undefined : await previousSecret(context, run);
  if (secret === undefined) return undefined;
  const until = await run.stage.once('overlap-until', () =>
    String(Math.ceil(context.services.now() / 1000) + minutes * 60),
  );
  return { secret, until: Number(until) };
}

/** What responder.toml says of the secrets. The keys of an overlap are ours; the tools' responder ignores them. */
const responderChanges = (secret: string, overlap: Overlap | undefined): TomlChange[] => [
  { path: ['hmac_secret'], value: secret },
  { path: ['previous_hmac_secret'], value: overlap?.secret ?? null },
  { path: ['previous_hmac_until'], value: overlap?.until ?? null },
];

async function setResponderSecret(
  context: RotationContext,
  secret: string,
  overlap: Overlap | undefined,
  run: Run,
): Promise<void> {
  const path = context.services.paths.responderConfig;
  const text = await readTextFile(path);
  const edited = editToml(text, responderChanges(secret, overlap), path);
  if (edited !== text) await replaceFileAtomic(path, edited);
  const { responderAdminUrl: url } = await context.services.endpoints();
  if (!(await context.topology.reloadResponder()))
    throw new ConsoleError('responder_unreachable', { url, reason: 'stopped' });
  const deadline = Date.now() + reloadPatienceMs;
  while (!(await accepts(context, secret, run))) {
    if (Date.now() > deadline) throw new ConsoleError('responder_hmac', { url });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** responder.toml, then SIGHUP: tokens of challenges in flight are kept. Done when a signed call is accepted. */
function responderStep(context: RotationContext, minutes: number): Step {
  const path = context.services.paths.responderConfig;
  return {
    id: 'responder',
    title: message('rotation.step.responder'),
    effects: [
      { kind: 'file', path, action: 'change' },
      { kind: 'process', name: 'responder', action: 'reload' },
    ],
    async check(run) {
      const fresh = await freshSecret(run);
      const text = await readTextFile(path);
      const changes = responderChanges(fresh, await overlapOf(context, minutes, run));
      return editToml(text, changes, path) === text && accepts(context, fresh, run);
    },
    async apply(run) {
      const overlap = await overlapOf(context, minutes, run);
      await setResponderSecret(context, await freshSecret(run), overlap, run);
    },
    async undo(run) {
      const previous = await previousSecret(context, run);
      if (previous !== undefined) await setResponderSecret(context, previous, undefined, run);
    },
  };
}

/** The old secret is refused; while an overlap lasts it is accepted, and the proof is pending until its end. */
async function proveOld(context: RotationContext, minutes: number, run: Run): Promise<void> {
  const previous = await previousSecret(context, run);
  if (previous === undefined || previous === (await freshSecret(run))) return;
  const overlap = await overlapOf(context, minutes, run);
  const title = message('rotation.proof.hmac_old');
  if (overlap !== undefined && context.services.now() < overlap.until * 1000) {
    const { responderAdminUrl: url } = await context.services.endpoints();
    if (!(await accepts(context, previous, run))) throw new ConsoleError('rotation_overlap_refused', { url });
    const at = new Date(overlap.until * 1000).toISOString();
    run.prove({ title, outcome: 'pending', evidence: message('rotation.evidence.overlap', { at }) });
    return;
  }
  if (await accepts(context, previous, run))
    throw new ConsoleError('rotation_old_accepted', { name: hmacPath });
  run.prove({ title, outcome: 'proved' });
}

function proveStep(context: RotationContext, minutes: number, remote: readonly string[]): Step {
  return {
    id: 'prove',
    title: message('rotation.step.prove'),
    effects: [],
    check: async () => false,
    async apply(run) {
      const fresh = await freshSecret(run);
      const { responderAdminUrl: url } = await context.services.endpoints();
      if (!(await accepts(context, fresh, run))) throw new ConsoleError('responder_hmac', { url });
      run.prove({ title: message('rotation.proof.hmac_new'), outcome: 'proved' });
      await proveOld(context, minutes, run);
      await proveIssuance(context, run);
      if (remote.length > 0)
        run.prove({
          title: message('rotation.proof.remote', { count: remote.length }),
          outcome: 'pending',
          evidence: message('rotation.evidence.remote', { names: remote.slice(0, 10).join(', ') }),
        });
    },
    undo: async () => undefined,
  };
}

/** The secret with which agents sign their calls of the responder. */
export function responderHmacDefinition(context: RotationContext): OperationDefinition<Input> {
  return {
    kind: 'rotate.responder-hmac',
    unfinished: 'superseded',
    input: inputSchema,
    async prepare({ overlapMinutes: minutes }) {
      const services = await allServicesOf(context.services);
      const files = [
        ...new Set(services.filter((one) => !isRemote(one)).map(({ agentConfig }) => agentConfig)),
      ];
      const remote = services.filter(isRemote).map(({ id }) => id);
      return {
        title: message('rotation.responder_hmac.title'),
        summary:
          minutes === 0
            ? message('rotation.responder_hmac.summary', { count: services.length })
            : message('rotation.responder_hmac.summary_overlap', { count: services.length, minutes }),
        steps: [
          publishStep(context, services),
          agentsStep(context, files),
          responderStep(context, minutes),
          proveStep(context, minutes, remote),
        ],
        preconditions: [
          ...(await serverPreconditions(context.services)),
          await managedPrecondition(context),
          await ask('responder-config', message('rotation.precondition.responder_config'), async () => {
            const path = context.services.paths.responderConfig;
            parseToml(await readTextFile(path), path);
            return undefined;
          }),
          await filesPrecondition([context.services.paths.responderConfig, ...files]),
        ],
        confirm: { verb: message('rotation.confirm') },
      };
    },
  };
}
