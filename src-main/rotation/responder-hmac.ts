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
import { editAgentConfig } from '../workspace/agent-config.ts';
import { readTextFile, replaceFileAtomic } from '../workspace/atomic.ts';
import { maskOf } from '../workspace/masking.ts';
import { editToml, parseToml, valueAt } from '../workspace/toml.ts';
import type { RotationContext } from './context.ts';
import { kvStep } from './kv-step.ts';
import { filesPrecondition, managedPrecondition } from './preconditions.ts';
import { freshSecret } from './secrets.ts';
import { allServicesOf, isRemote, markSync } from './targets.ts';
import { proveIssuance } from './trial-issuance.ts';

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

async function setAgentSecret(path: string, secret: string): Promise<void> {
  const text = await readAgentText(path);
  // No file: the service has no agent on this host yet, and onboarding writes the secret of the day.
  if (text === '') return;
  const edited = editAgentConfig(text, { settings: { acme: { http_responder_hmac: secret } } }, path);
  if (edited !== text) await replaceFileAtomic(path, edited);
}

/** Each local agent.toml: one key, everything else byte for byte. */
function agentsStep(context: RotationContext, files: readonly string[]): Step {
  return {
    id: 'agents',
    title: message('rotation.step.agents', { count: files.length }),
    effects: files.map((path): Effect => ({ kind: 'file', path, action: 'change' })),
    async check(run) {
      const fresh = await freshSecret(run);
      for (const path of files) {
        const text = await readAgentText(path);
        if (text !== '' && agentSecret(text, path) !== fresh) return false;
      }
      return true;
    },
    async apply(run) {
      const fresh = await freshSecret(run);
      for (const path of files) await setAgentSecret(path, fresh);
    },
    async undo(run) {
      const previous = await previousSecret(context, run);
      if (previous !== undefined) for (const path of files) await setAgentSecret(path, previous);
    },
  };
}

/** Whether the responder accepts a call signed with this secret. A refusal of the signature is an answer. */
async function accepts(context: RotationContext, secret: string, run: Run): Promise<boolean> {
  const { responderAdminUrl: url } = await context.services.endpoints();
  const token = randomBytes(16).toString('base64url');
  try {
    await postToken({ url, secret }, token, `${token}.rotation`, 1, run.signal);
    return true;
  } catch (error) {
    if (isConsoleError(error, 'responder_hmac')) return false;
    throw error;
  }
}

async function setResponderSecret(context: RotationContext, secret: string, run: Run): Promise<void> {
  const path = context.services.paths.responderConfig;
  const text = await readTextFile(path);
  const edited = editToml(text, [{ path: ['hmac_secret'], value: secret }], path);
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
function responderStep(context: RotationContext): Step {
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
      if (valueAt(parseToml(await readTextFile(path), path), ['hmac_secret']) !== fresh) return false;
      return accepts(context, fresh, run);
    },
    apply: async (run) => setResponderSecret(context, await freshSecret(run), run),
    async undo(run) {
      const previous = await previousSecret(context, run);
      if (previous !== undefined) await setResponderSecret(context, previous, run);
    },
  };
}

function proveStep(context: RotationContext, remote: readonly string[]): Step {
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
      const previous = await previousSecret(context, run);
      if (previous !== undefined && previous !== fresh) {
        if (await accepts(context, previous, run))
          throw new ConsoleError('rotation_old_accepted', { name: hmacPath });
        run.prove({ title: message('rotation.proof.hmac_old'), outcome: 'proved' });
      }
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
export function responderHmacDefinition(
  context: RotationContext,
): OperationDefinition<Record<string, never>> {
  return {
    kind: 'rotate.responder-hmac',
    input: z.strictObject({}),
    async prepare() {
      const services = await allServicesOf(context.services);
      const files = [
        ...new Set(services.filter((one) => !isRemote(one)).map(({ agentConfig }) => agentConfig)),
      ];
      const remote = services.filter(isRemote).map(({ id }) => id);
      return {
        title: message('rotation.responder_hmac.title'),
        summary: message('rotation.responder_hmac.summary', { count: services.length }),
        steps: [
          publishStep(context, services),
          agentsStep(context, files),
          responderStep(context),
          proveStep(context, remote),
        ],
        preconditions: [
          ...(await serverPreconditions(context.services)),
          await managedPrecondition(context),
          await filesPrecondition([context.services.paths.responderConfig, ...files]),
        ],
        confirm: { verb: message('rotation.confirm') },
      };
    },
  };
}
