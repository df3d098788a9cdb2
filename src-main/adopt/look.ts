import type { AdoptReport, Oddity } from '../../shared/contract/adopt.ts';
import { message } from '../../shared/message.ts';
import { isNewer, parseArtifact } from '../remote/artifact.ts';
import { isRemote } from '../rotation/targets.ts';
import { servicesOf, type Service } from '../services/entry.ts';
import { StepCa } from '../stepca/step-ca.ts';
import { agentGeneration } from '../workspace/agent-config.ts';
import { readTextFileIfPresent } from '../workspace/atomic.ts';
import { entryGeneration, stateGeneration, type Generation } from '../workspace/generation.ts';
import { readStateIfPresent } from '../workspace/state.ts';
import { parseToml } from '../workspace/toml.ts';
import { agentFilesFinder } from './findings/agents.ts';
import { containersFinder } from './findings/containers.ts';
import { driftedFinder } from './findings/drifted.ts';
import { credentialsFinder, dumpFinder, eabFinder, summaryFinder } from './findings/secrets.ts';
import { mixedFinder, pendingFinder, stateModeFinder, unknownKeysFinder } from './findings/state.ts';
import { storageFinder } from './findings/storage.ts';
import type { AdoptWorld, Finder, Scene } from './world.ts';

/** Each looks for one kind of thing; the order is that of the page within one severity. */
const finders: readonly Finder[] = [
  storageFinder,
  summaryFinder,
  credentialsFinder,
  driftedFinder,
  containersFinder,
  mixedFinder,
  dumpFinder,
  agentFilesFinder,
  pendingFinder,
  eabFinder,
  unknownKeysFinder,
  stateModeFinder,
];
const rank: Record<Oddity['severity'], number> = { critical: 0, warning: 1, notice: 2 };

/** A file's generation by the rules of formats-newer.md; one that cannot be read tells none. */
async function told(path: string, judge: (text: string) => Generation): Promise<Generation | undefined> {
  const text = await readTextFileIfPresent(path, { maxBytes: 16 * 1024 * 1024 }).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return judge(text);
  } catch {
    return 'none';
  }
}

async function objectsOf({ paths, state, services }: Scene): Promise<AdoptReport['objects']> {
  const files: {
    path: string;
    what: AdoptReport['objects'][number]['what'];
    judge: (text: string) => Generation;
  }[] = [
    {
      path: paths.state,
      what: message('adopt.object.state'),
      judge: () => (state === undefined ? 'none' : stateGeneration(state)),
    },
    ...[...new Set(services.filter((one) => !isRemote(one)).map(({ agentConfig }) => agentConfig))].map(
      (path) => ({
        path,
        what: message('adopt.object.agent'),
        judge: (text: string) => agentGeneration(parseToml(text, path)),
      }),
    ),
    ...services.filter(isRemote).map(({ id }) => ({
      path: paths.bootstrapArtifact(id),
      what: message('adopt.object.artifact'),
      judge: (text: string): Generation =>
        isNewer(parseArtifact(text, paths.bootstrapArtifact(id))) ? 'newer' : 'older',
    })),
    {
      path: paths.composeFile,
      what: message('adopt.object.compose'),
      judge: (text) =>
        /container_name:.*BOOTROOT_INSTANCE/.test(text)
          ? 'newer'
          : /^ {2}bootroot-agent:/m.test(text)
            ? 'older'
            : 'none',
    },
  ];
  const found = await Promise.all(
    files.map(async ({ path, what, judge }) => {
      const generation = await told(path, judge);
      return generation === undefined ? [] : [{ path, what, generation }];
    }),
  );
  return found.flat();
}

const howOf = (service: Service): AdoptReport['services'][number]['how'] =>
  isRemote(service) ? 'remote' : service.entry.deploy_type === 'docker' ? 'docker' : 'daemon';

async function serversOf({ openbao, drift, state }: Scene): Promise<AdoptReport['servers']> {
  const seal = await openbao?.sealStatus().catch(() => undefined);
  const address = state?.openbao_url ?? '';
  const endpoints = await drift.services.endpoints();
  const ca = await readTextFileIfPresent(drift.services.paths.rootCert).catch(() => undefined);
  const stepCa = new StepCa({
    url: new URL(endpoints.directoryUrl).origin,
    ...(ca === undefined ? {} : { ca }),
  });
  const version = await stepCa.version().catch(() => undefined);
  stepCa.close();
  const silent = message('adopt.server.silent');
  return [
    seal === undefined
      ? { name: 'OpenBao', address, state: silent }
      : {
          name: 'OpenBao',
          address,
          version: seal.version,
          state: message(seal.sealed ? 'adopt.server.sealed' : 'adopt.server.open', {
            storage: seal.storage,
          }),
        },
    {
      name: 'step-ca',
      address: new URL(endpoints.directoryUrl).origin,
      ...(version === undefined ? { state: silent } : { version, state: message('adopt.server.answers') }),
    },
  ];
}

/** Everything about an installation that other tools may have made. Nothing is changed, and nothing is logged in to. */
export async function lookAround(world: AdoptWorld): Promise<AdoptReport> {
  const { paths } = world;
  const state = await readStateIfPresent(paths.state);
  const scene: Scene = { ...world, state, services: servicesOf(state, paths) };
  const [objects, servers, owned, takenOverAt, kept, ...found] = await Promise.all([
    objectsOf(scene),
    serversOf(scene),
    world.owned(),
    world.takenOverAt(),
    world.kept(),
    ...finders.map((find) => find(scene)),
  ]);
  const seen = new Set<string>();
  const oddities = found.flat().filter(({ id }) => !seen.has(id) && seen.add(id));
  return {
    at: world.now(),
    path: paths.root,
    owned,
    ...(takenOverAt === undefined ? {} : { takenOverAt }),
    generation: state === undefined ? 'none' : stateGeneration(state),
    objects,
    services: scene.services.map((service) => ({
      id: service.id,
      identity: service.identity,
      generation: entryGeneration(service.entry),
      how: howOf(service),
    })),
    servers,
    oddities: oddities.sort((a, b) => rank[a.severity] - rank[b.severity]),
    changes: [message('adopt.change.nothing'), message('adopt.change.console')],
    ...(kept === undefined || kept.confirmed
      ? {}
      : { kept: { storage: kept.input.storage, backup: kept.backup, at: kept.at } }),
  };
}
