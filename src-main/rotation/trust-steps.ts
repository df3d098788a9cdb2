import { existsSync } from 'node:fs';
import type { Effect } from '../../shared/contract/operations.ts';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import * as z from 'zod';
import type { Run, Step } from '../operations/types.ts';
import type { Service } from '../services/entry.ts';
import { parseLeaf } from '../issuance/set-files.ts';
import { prove as proveLadder } from '../services/ladder/prove.ts';
import { headline } from '../services/ladder/rungs.ts';
import type { Trust } from '../setup/local/trust-step.ts';
import { readBundle, sha256 } from '../tls/certificates.ts';
import { reachesPin } from '../tls/pins.ts';
import { editAgentConfig } from '../workspace/agent-config.ts';
import { readTextFileIfPresent, removeFile, replaceFileAtomic } from '../workspace/atomic.ts';
import { eachBounded } from './bounded.ts';
import type { RotationContext } from './context.ts';
import { tellOfTrust } from '../services/post-renew.ts';
import { trustDigest } from '../agent/announce.ts';
import { kvStep } from './kv-step.ts';
import { replaceFiles, type FileText } from './many-files.ts';
import { perStage } from './per-stage.ts';
import { isRemote, markSync } from './targets.ts';
import { tellAgents, tellAgentsEffect } from '../processes/tell-agents.ts';

/** Pins and bundle that are published, always the same in one operation: read together and staged (failure mode C15). */
export type TrustSource = (run: Run) => Promise<Trust>;

const caPath = 'bootroot/ca';
const beforeSchema = z.record(z.string(), z.string().nullable());
const trustSchema = z.object({ trusted_ca_sha256: z.array(z.string()), ca_bundle_pem: z.string() });

/** A trust that is made once in an operation, and is the same after a crash. */
export const stagedTrust = (make: () => Promise<Trust>): TrustSource =>
  perStage(async (run) =>
    trustSchema.parse(
      JSON.parse(await run.stage.once('generation', async () => JSON.stringify(await make()))),
    ),
  );

/** `bootroot/ca` and the copy of every service. Remote hosts take theirs with their next sync. */
export function publishTrustStep(
  context: RotationContext,
  services: readonly Service[],
  trust: TrustSource,
): Step {
  const remote = services.filter(isRemote).map(({ id }) => id);
  return kvStep(context, {
    id: 'publish',
    title: message('rotation.step.publish_trust'),
    paths: [caPath, ...services.map(({ id }) => `bootroot/services/${id}/trust`)],
    keys: 'trusted_ca_sha256, ca_bundle_pem',
    prepare: trust,
    wanted: trust,
    after: () => markSync(context.services, remote, 'trust_sync', 'pending'),
    afterUndo: () => markSync(context.services, remote, 'trust_sync', 'none'),
  });
}

const maxBytes = 4 * 1024 * 1024;
const readFileText = (path: string): Promise<string | undefined> => readTextFileIfPresent(path, { maxBytes });

interface TrustFile extends FileText {
  /** What is there now. */
  readonly before: string | undefined;
}

/** What each local file is and shall be. An agent.toml keeps everything but the two keys of `[trust]`. */
async function trustFiles(
  context: RotationContext,
  local: readonly Service[],
  { trusted_ca_sha256: pins, ca_bundle_pem: bundle }: Trust,
): Promise<readonly TrustFile[]> {
  const wanted = new Map<string, (before: string | undefined) => string | undefined>([
    [context.services.paths.bundle, () => bundle],
    // Only where infra servers have TLS there is one.
    [context.services.paths.infraBundle, (before) => (before === undefined ? undefined : bundle)],
  ]);
  for (const service of local) {
    const trust = { ca_bundle_path: service.bundle, trusted_ca_sha256: [...pins] };
    wanted.set(service.bundle, () => bundle);
    wanted.set(service.agentConfig, (before) =>
      // No file: the service has no agent on this host yet, and onboarding writes the trust of the day.
      before === undefined || before === ''
        ? undefined
        : editAgentConfig(before, { settings: { trust } }, service.agentConfig),
    );
  }
  const files: TrustFile[] = [];
  await eachBounded([...wanted], async ([path, make]) => {
    const before = await readFileText(path);
    const text = make(before);
    if (text !== undefined) files.push({ path, text, before, mode: path.endsWith('.pem') ? 0o644 : 0o600 });
  });
  return files;
}

const changed = (files: readonly TrustFile[]): TrustFile[] =>
  files.filter(({ before, text }) => before !== text);

/** Every file of this host that holds the trust. */
export const trustFilesOf = (context: RotationContext, local: readonly Service[]): string[] => [
  ...new Set([
    context.services.paths.bundle,
    ...[context.services.paths.infraBundle].filter((path) => existsSync(path)),
    ...local.flatMap(({ bundle, agentConfig }) => [bundle, agentConfig]),
  ]),
];

/** Bundles and agent files of this host. What was there is staged first. */
export function trustFilesStep(
  context: RotationContext,
  local: readonly Service[],
  trust: TrustSource,
): Step {
  const paths = trustFilesOf(context, local);
  return {
    id: 'files',
    title: message('rotation.step.trust_files', { count: paths.length }),
    effects: paths.map((path): Effect => ({ kind: 'file', path, action: 'change' })),
    async check(run) {
      if ((await run.stage.read('before-files')) === undefined) return false;
      return changed(await trustFiles(context, local, await trust(run))).length === 0;
    },
    async apply(run) {
      const files = await trustFiles(context, local, await trust(run));
      await run.stage.once('before-files', () =>
        JSON.stringify(Object.fromEntries(files.map(({ path, before }) => [path, before ?? null]))),
      );
      await replaceFiles(changed(files), (part) => run.progress(part));
    },
    async undo(run) {
      const text = await run.stage.read('before-files');
      if (text === undefined) return;
      await eachBounded(Object.entries(beforeSchema.parse(JSON.parse(text))), async ([path, before]) => {
        if (before === null) await removeFile(path);
        else if ((await readFileText(path)) !== before) await replaceFileAtomic(path, before);
      });
    },
  };
}

/** What agents announce of a bundle, read once for each path: many services share one. */
function digests(
  read: (path: string) => string | undefined | Promise<string | undefined>,
): (path: string) => Promise<string | undefined> {
  const known = new Map<string, Promise<string | undefined>>();
  return (path) => {
    const there = known.get(path) ?? Promise.resolve(read(path)).then(trustDigest);
    known.set(path, there);
    return there;
  };
}

/**
 * Services of this host verify their peers by the new bundle only once they have read it. Where an agent runs, that does it: it is told
 * to look now. Elsewhere the hooks of the profile run here, and a service that has to be served somewhere is asked there.
 */
export function tellTrustStep(context: RotationContext, local: readonly Service[]): Step {
  return {
    id: 'tell',
    title: message('rotation.step.tell_trust', { count: local.length }),
    effects: local.length === 0 ? [] : [tellAgentsEffect],
    check: async () => local.length === 0,
    async apply(run) {
      const before = await run.stage.read('before-files');
      const old = before === undefined ? {} : beforeSchema.parse(JSON.parse(before));
      const agents = await tellAgents([...new Set(local.map(({ agentConfig }) => agentConfig))], run);
      const watched = new Set(agents.filter(({ own }) => own).map(({ config }) => config));
      const failures: string[] = [];
      const wasIn = digests((path) => old[path] ?? undefined);
      const isIn = digests(readFileText);
      await eachBounded(
        local.filter(({ agentConfig }) => !watched.has(agentConfig)),
        async (service) => {
          if ((await wasIn(service.bundle)) === (await isIn(service.bundle))) return;
          try {
            await tellOfTrust(context.services, service, run);
          } catch (error) {
            if (!isConsoleError(error)) throw error;
            run.log(message(`error.${error.code}.what`, error.data.params), 'error');
            failures.push(service.id);
          }
        },
        (part) => run.progress(part),
      );
      if (failures.length > 0)
        throw new ConsoleError('rotation_trust_untold', { names: failures.join(', ') });
    },
    undo: async () => undefined,
  };
}

/** Every live leaf leads to a published pin; each local service is proved by handshakes. */
export function proveTrustStep(
  context: RotationContext,
  local: readonly Service[],
  remote: readonly Service[],
  trust: TrustSource,
): Step {
  return {
    id: 'prove',
    title: message('rotation.step.prove'),
    effects: [],
    check: async () => false,
    async apply(run) {
      const { trusted_ca_sha256: pins, ca_bundle_pem: bundlePem } = await trust(run);
      const anchors = readBundle(bundlePem);
      const trusted = new Set(anchors.filter((one) => one.issuer === one.subject).map(sha256));
      const now = context.services.now();
      let leaves = 0;
      await eachBounded(
        local,
        async (service) => {
          const certPem = await readFileText(service.cert);
          const leaf = certPem === undefined ? undefined : parseLeaf(certPem);
          // A leaf that has expired is a matter of renewal, not of trust; one that was never issued is none.
          if (leaf === undefined || Date.parse(leaf.validTo) < now) return;
          leaves += 1;
          if (!reachesPin(leaf, anchors, trusted, now))
            throw new ConsoleError('rotation_leaf_untrusted', { name: service.id });
          const low = headline(await proveLadder(context.services, service));
          if (low !== undefined)
            throw new ConsoleError('service_not_proved', { name: service.id, proof: low.rung });
        },
        (part) => run.progress(part),
      );
      run.prove({
        title: message('rotation.proof.trust'),
        outcome: 'proved',
        evidence: message('rotation.evidence.trust', { pins: pins.length, leaves }),
      });
      if (remote.length > 0)
        run.prove({
          title: message('rotation.proof.remote', { count: remote.length }),
          outcome: 'pending',
          evidence: message('rotation.evidence.remote', {
            names: remote
              .slice(0, 10)
              .map(({ id }) => id)
              .join(', '),
          }),
        });
    },
    undo: async () => undefined,
  };
}
