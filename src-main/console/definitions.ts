import type { SetupLocal } from '../../shared/contract/setup.ts';
import type { OperationDefinition } from '../operations/types.ts';
import { generationDefinition } from '../adopt/generation/definition.ts';
import {
  adoptedServerDefinition,
  storageBackDefinition,
  storageConfirmDefinition,
} from '../adopt/storage/after.ts';
import { storageDefinition } from '../adopt/storage/definition.ts';
import { takeOverDefinition } from '../adopt/take-over.ts';
import { backupDefinition } from '../backup/definition.ts';
import { driftMendDefinition } from '../drift/mend-definition.ts';
import { pruneDefinition } from '../health/ca-database/prune-definition.ts';
import { rotateAuditDefinition } from '../health/audit-devices/rotate-definition.ts';
import { fleetDefinitions } from '../fleet/definitions.ts';
import { checksOf } from '../monitoring/checks/of-workspace.ts';
import { runCheckDefinition } from '../monitoring/checks/run-definition.ts';
import { monitoringDownDefinition, monitoringUpDefinition } from '../monitoring/stack/definition.ts';
import { reportDefinition } from '../reports/definition.ts';
import { rotationContext } from '../rotation/bind.ts';
import type { RotationContext } from '../rotation/context.ts';
import { rotationDefinitions } from '../rotation/definitions.ts';
import { signInAgain } from '../rotation/infra-tls/agents.ts';
import { infraTlsDefinition } from '../rotation/infra-tls/definition.ts';
import { openbaoRecoveryDefinition } from '../rotation/recovery/definition.ts';
import { withRoom } from '../rotation/room.ts';
import { scheduleDefinitions } from '../schedule/credential/definitions.ts';
import { Schedules } from '../schedule/schedules.ts';
import { serviceAddDefinition } from '../services/add/definition.ts';
import { serviceIssueDefinition } from '../services/issue-definition.ts';
import { serviceRemoveDefinition } from '../services/remove-definition.ts';
import { serviceUpdateDefinition } from '../services/update-definition.ts';
import { originOf } from '../setup/external/ask.ts';
import { setupExternalDefinition } from '../setup/external/definition.ts';
import { setupComposeDefinition } from '../setup/compose/definition.ts';
import { setupLocalDefinition } from '../setup/local/definition.ts';
import { toProductionDefinition } from '../setup/production/definition.ts';
import {
  loadImagesDefinition,
  mendPoliciesDefinition,
  recreateDefinition,
} from '../topology/compose/definitions.ts';
import { agentsDefinition } from '../topology/agents/definition.ts';
import { infraDefinitions } from '../topology/definitions.ts';
import { fromSystemdDefinition, toSystemdDefinition } from '../topology/systemd/definitions.ts';
import { installUnitsDefinition, removeUnitsDefinition } from '../topology/systemd/helper-definitions.ts';
import type { Topologies } from '../topology/topologies.ts';
import { moveBackDefinition, moveConfirmDefinition, moveDefinition } from '../moving/definition.ts';
import type { MoveContext } from '../moving/context.ts';
import { confirmDefinition, goBackDefinition } from '../upgrade/go-back.ts';
import { upgradeDefinition } from '../upgrade/definition.ts';
import { stepDownDefinition } from '../upgrade/cluster/step-down.ts';
import { containerPlace } from '../upgrade/container-place.ts';
import { localPlace } from '../upgrade/local-place.ts';
import type { UpgradeContext } from '../upgrade/context.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { careful } from './careful.ts';
import { checkWorld } from './check-world.ts';
import { ownershipOf, storageDepsOf } from './adoption.ts';
import { helperWorldOf } from './helper-world.ts';
import { driftWorldOf } from './handlers/drift.ts';
import { auditWorldOf } from './handlers/health.ts';
import { writeInstallation, writeMembers } from './installation.ts';
import type { OpenWorkspace } from './open-workspace.ts';
import { backupWorldOf, reportWorldOf } from './record-world.ts';
import { serviceCheckWorld } from './service-check-world.ts';

/** An input type is checked by the definition's own schema before it reaches `prepare`. */
const any = <I>(definition: OperationDefinition<I>): OperationDefinition => definition;

/** The two set-ups: planned before there is a workspace, run in the one they make. */
export function setupDefinitions(
  paths: WorkspacePaths,
  topologies: Topologies,
  now: () => number,
  workspace?: OpenWorkspace,
): readonly OperationDefinition[] {
  const remember = async (input: SetupLocal, topology: 'local' | 'compose'): Promise<void> => {
    if (workspace === undefined) return;
    await writeInstallation(workspace.settings, {
      name: input.name,
      domain: input.domain,
      topology,
    });
    if (input.kind === 'production' && (await workspace.ceremony.status()).state === 'none')
      await workspace.ceremony.begin(input.custodians, input.openbao.threshold);
  };
  return [
    any(
      setupLocalDefinition({
        paths,
        topology: topologies.local,
        now,
        world: checkWorld,
        remember: (input) => remember(input, 'local'),
      }),
    ),
    any(
      setupComposeDefinition({
        paths,
        topology: topologies.compose,
        now,
        world: checkWorld,
        remember: (input) => remember(input, 'compose'),
      }),
    ),
    any(
      setupExternalDefinition({
        paths,
        now,
        async remember({ openbaoMembers, ...input }, directoryUrl) {
          const { name, domain, responderAdminUrl, http01Port, resolver } = input;
          if (workspace === undefined) return;
          await writeInstallation(workspace.settings, {
            name,
            domain: domain ?? (await workspace.services.endpoints()).domain,
            topology: 'external',
            external: { stepcaUrl: directoryUrl, responderAdminUrl, http01Port, resolver },
          });
          if (openbaoMembers !== undefined)
            await writeMembers(workspace.settings, openbaoMembers.map(originOf));
        },
      }),
    ),
  ];
}

const rotationOf = (workspace: OpenWorkspace): RotationContext =>
  rotationContext(
    workspace.services,
    workspace.topology,
    async (roleId, secretId) => {
      // A token that the operator gave stays in use, and so does the credential of unattended runs.
      const mine = workspace.credential.secretId === workspace.paths.consoleRole('console', 'secret_id');
      if (mine && workspace.session?.status().method !== 'token')
        await workspace.session?.useAppRole(roleId, secretId);
    },
    () => workspace.credential,
  );

/** Undefined where this console does not run the servers. */
async function upgradeContext(workspace: OpenWorkspace): Promise<UpgradeContext | undefined> {
  const { topologies, paths, services, topology } = workspace;
  const contained = (await topologies.compose.readLayout()) !== undefined;
  if (!contained && (await topologies.local.readLayout()) === undefined) return undefined;
  const place = contained ? containerPlace(topologies.compose, paths) : localPlace(topologies.local, paths);
  return {
    services,
    topology,
    place,
    rotation: rotationOf(workspace),
    signIn: () => workspace.ensureSession(),
  };
}

const upgradeDefinitions = (workspace: OpenWorkspace): readonly OperationDefinition[] => {
  const context = (): Promise<UpgradeContext | undefined> => upgradeContext(workspace);
  return [
    any(upgradeDefinition(context)),
    any(goBackDefinition(context)),
    any(confirmDefinition(context)),
    any(stepDownDefinition(workspace)),
  ];
};

function moveContext(workspace: OpenWorkspace): MoveContext {
  const { topologies, services, topology } = workspace;
  return {
    topologies,
    services,
    topology,
    rotation: rotationOf(workspace),
    signIn: () => workspace.ensureSession(),
    async remember(kind) {
      const { installation, settings } = workspace;
      if (installation !== undefined) await writeInstallation(settings, { ...installation, topology: kind });
    },
  };
}

const moveDefinitions = (workspace: OpenWorkspace): readonly OperationDefinition[] => {
  const context = moveContext(workspace);
  return [
    any(moveDefinition(context)),
    any(moveBackDefinition(context)),
    any(moveConfirmDefinition(context)),
  ];
};

/** Every operation that this workspace can run. */
export const definitionsFor = (workspace: OpenWorkspace): readonly OperationDefinition[] =>
  allDefinitions(workspace).map((definition) => careful(workspace, definition));

const allDefinitions = (workspace: OpenWorkspace): readonly OperationDefinition[] => [
  ...setupDefinitions(workspace.paths, workspace.topologies, workspace.now, workspace),
  any(
    toProductionDefinition({
      paths: workspace.paths,
      openbao: () => workspace.services.openbao,
      client: () => workspace.services.client(),
      ceremony: workspace.ceremony,
    }),
  ),
  withRoom(
    any(
      infraTlsDefinition({
        services: workspace.services,
        readLayout: () => workspace.topology.readLayout(),
        reload: (id) => workspace.topology.reloadServer(id),
        async signInAgain(run) {
          const { sidecars } = workspace.topology;
          if (sidecars !== undefined) await signInAgain(workspace.paths, sidecars, run);
        },
      }),
    ),
    workspace.paths.root,
  ),
  withRoom(
    any(
      openbaoRecoveryDefinition({
        paths: workspace.paths,
        openbao: () => workspace.services.openbao,
        ceremony: workspace.ceremony,
        desk: workspace.recovery,
        now: workspace.now,
      }),
    ),
    workspace.paths.root,
  ),
  any(driftMendDefinition(() => driftWorldOf(workspace))),
  any(takeOverDefinition(ownershipOf(workspace))),
  any(storageDefinition(storageDepsOf(workspace))),
  any(storageConfirmDefinition(storageDepsOf(workspace))),
  any(storageBackDefinition(storageDepsOf(workspace))),
  any(adoptedServerDefinition(storageDepsOf(workspace))),
  any(generationDefinition(rotationOf(workspace))),
  any(rotateAuditDefinition(auditWorldOf(workspace))),
  any(pruneDefinition(rotationOf(workspace))),
  any(runCheckDefinition(checksOf(workspace), serviceCheckWorld(workspace))),
  any(reportDefinition(reportWorldOf(workspace))),
  any(backupDefinition(backupWorldOf(workspace))),
  any(monitoringUpDefinition({ paths: workspace.paths, instance: workspace.id })),
  any(monitoringDownDefinition({ paths: workspace.paths, instance: workspace.id })),
  ...infraDefinitions(workspace.topology).map(any),
  any(agentsDefinition(workspace.topologies.local)),
  any(mendPoliciesDefinition(workspace.topologies.compose)),
  any(recreateDefinition(workspace.topologies.compose)),
  any(loadImagesDefinition(workspace.topologies.compose)),
  any(installUnitsDefinition(helperWorldOf(workspace))),
  any(removeUnitsDefinition(helperWorldOf(workspace))),
  any(toSystemdDefinition({ topology: workspace.topologies.local, paths: workspace.paths })),
  any(fromSystemdDefinition({ topology: workspace.topologies.local, paths: workspace.paths })),
  ...upgradeDefinitions(workspace),
  ...moveDefinitions(workspace),
  any(serviceAddDefinition(workspace.services)),
  any(serviceIssueDefinition(workspace.services)),
  any(serviceRemoveDefinition(workspace.services)),
  any(serviceUpdateDefinition(workspace.services)),
  ...fleetDefinitions(rotationOf(workspace)),
  ...rotationDefinitions(rotationOf(workspace)),
  ...scheduleDefinitions(rotationOf(workspace), new Schedules(workspace.settings)),
];
