import * as z from 'zod';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Step } from '../../operations/types.ts';
import type { RotationContext } from '../../rotation/context.ts';
import { kvStep } from '../../rotation/kv-step.ts';
import { isRemote } from '../../rotation/targets.ts';
import { isNewer, parseArtifact } from '../../remote/artifact.ts';
import { responderSecret } from '../../services/add/secrets-step.ts';
import type { ServicesContext } from '../../services/context.ts';
import type { Service } from '../../services/entry.ts';
import { publishedTrust } from '../../services/trust.ts';
import { agentGeneration } from '../../workspace/agent-config.ts';
import { readTextFileIfPresent, replaceFileAtomic } from '../../workspace/atomic.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import { isSuperset } from '../../workspace/generation.ts';
import { editState, readState, updateState } from '../../workspace/state.ts';
import { parseToml, valueAt } from '../../workspace/toml.ts';
import { agentFiles } from './agent-files.ts';
import { makeSuperset } from './state-text.ts';

const items = ['trust', 'http_responder_hmac', 'eab'] as const;

/** The newer agent polls these for services of this host too; the older tools wrote them for remote ones only. */
export function publishStep(context: RotationContext, services: readonly Service[]): Step {
  const { services: world } = context;
  const documents = async (): Promise<Readonly<Record<string, object>>> => {
    const client = world.client();
    const { pins, bundlePem } = await publishedTrust(client);
    const eab = (await client.kv.read('bootroot/agent/eab'))?.data;
    return {
      trust: { trusted_ca_sha256: [...pins], ca_bundle_pem: bundlePem },
      http_responder_hmac: { hmac: await responderSecret(client) },
      eab: { kid: eab?.['kid'] ?? '', hmac: eab?.['hmac'] ?? '' },
    };
  };
  return kvStep(context, {
    id: 'publish',
    title: message('adopt.generation.step.publish'),
    paths: services.flatMap(({ id }) => items.map((item) => `bootroot/services/${id}/${item}`)),
    keys: 'trusted_ca_sha256, ca_bundle_pem, hmac, kid',
    prepare: documents,
    async wanted(_run, path, before) {
      // What is published already is somebody's decision.
      return before ?? (await documents())[path.slice(path.lastIndexOf('/') + 1)] ?? {};
    },
  });
}

const filesSchema = z.record(z.string(), z.string());

/** agent.toml of each service of this host, with what the older agent wrote and the newer one refuses taken out. */
export async function agentsStep(context: ServicesContext, services: readonly Service[]): Promise<Step> {
  const shown = (await agentFiles(context, services).catch(() => [])).filter(
    ({ before, after }) => before !== after,
  );
  return {
    id: 'agents',
    title: message('adopt.generation.step.agents'),
    effects: [
      ...shown.map(({ path, before, after }) => ({
        kind: 'file' as const,
        path,
        action: 'change' as const,
        diff: unifiedDiff(before, after, { path }),
      })),
      ...services
        .filter((service) => !isRemote(service))
        .map(({ id }) => ({
          kind: 'touches' as const,
          who: id,
          note: message('adopt.generation.note.agent'),
        })),
    ],
    check: async () => (await agentFiles(context, services)).every(({ before, after }) => before === after),
    async apply(run) {
      const files = await agentFiles(context, services);
      await run.stage.once('agents-before', () =>
        JSON.stringify(Object.fromEntries(files.map(({ path, before }) => [path, before]))),
      );
      for (const { path, before, after } of files) if (before !== after) await replaceFileAtomic(path, after);
    },
    async undo(run) {
      const text = await run.stage.read('agents-before');
      if (text === undefined) return;
      for (const [path, before] of Object.entries(filesSchema.parse(JSON.parse(text))))
        if ((await readTextFileIfPresent(path)) !== before) await replaceFileAtomic(path, before);
    },
  };
}

/** state.json: entries that both generations load. Last of the files, so that a newer tool meets agents that are ready. */
export async function stateStep({ paths }: ServicesContext): Promise<Step> {
  const path = paths.state;
  const before = (await readTextFileIfPresent(path, { maxBytes: 16 * 1024 * 1024 })) ?? '';
  const after = editState(before, path, makeSuperset);
  return {
    id: 'state',
    title: message('adopt.generation.step.state'),
    effects: [{ kind: 'file', path, action: 'change', diff: unifiedDiff(before, after, { path }) }],
    async check() {
      const text = (await readTextFileIfPresent(path, { maxBytes: 16 * 1024 * 1024 })) ?? '';
      return editState(text, path, makeSuperset) === text;
    },
    async apply(run) {
      await run.stage.once(
        'state-before',
        async () => (await readTextFileIfPresent(path, { maxBytes: 16 * 1024 * 1024 })) ?? '',
      );
      await updateState(path, makeSuperset, { holder: 'adopt.generation' });
    },
    async undo(run) {
      const text = await run.stage.read('state-before');
      if (text !== undefined) await replaceFileAtomic(path, text);
    },
  };
}

/** Everything that formats-newer.md asks for, read again from where the newer tools read it. */
export function proveStep(context: ServicesContext): Step {
  const refuse = (what: string): never => {
    throw new ConsoleError('adopt_not_newer', { what });
  };
  return {
    id: 'prove',
    title: message('adopt.generation.step.prove'),
    effects: [],
    check: async () => false,
    async apply(run) {
      const { paths } = context;
      const client = context.client();
      const entries = Object.entries((await readState(paths.state)).services ?? {});
      for (const [id, entry] of entries) {
        // An entry that the newer tools made has no deploy_type, and needs none.
        if (entry.registration_id !== id) refuse(`state.json ${id}`);
        const policy = await client.policies.read(entry.approle.policy_name);
        if (policy?.includes(`services/${id}/reissue`) !== true) refuse(entry.approle.policy_name);
        if (entry.delivery_mode === 'remote-bootstrap') {
          const path = paths.bootstrapArtifact(id);
          const text = await readTextFileIfPresent(path, { maxBytes: 4 * 1024 * 1024 });
          if (text !== undefined && !isNewer(parseArtifact(text, path))) refuse(path);
          continue;
        }
        for (const item of items)
          if ((await client.kv.read(`bootroot/services/${id}/${item}`)) === undefined)
            refuse(`bootroot/services/${id}/${item}`);
        const path = paths.resolve(entry.agent_config_path);
        const text = await readTextFileIfPresent(path);
        if (text === undefined) continue;
        const config = parseToml(text, path);
        if (agentGeneration(config) !== 'newer') refuse(path);
        if (valueAt(config, ['trust', 'verify_certificates']) !== undefined) refuse(path);
      }
      run.prove({
        title: message('adopt.generation.proof'),
        outcome: 'proved',
        evidence: message('adopt.generation.evidence', {
          services: entries.length,
          both: entries.filter(([, entry]) => isSuperset(entry)).length,
        }),
      });
    },
    undo: async () => undefined,
  };
}
