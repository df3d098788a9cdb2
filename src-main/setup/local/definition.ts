import { setupLocalSchema, type SetupLocal } from '../../../shared/contract/setup.ts';
import type { Precondition, SecretInput } from '../../../shared/contract/operations.ts';
import { message, type Message } from '../../../shared/message.ts';
import { createOpenBao, type OpenBao } from '../../openbao/openbao.ts';
import type { OperationDefinition } from '../../operations/types.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import { caStep, passwordStep } from './ca-step.ts';
import { checkSetupLocal, type CheckWorld } from './check.ts';
import type { SetupContext } from './context.ts';
import { databaseStep, postgresStep } from './database-steps.ts';
import { eabStep, proveStep, revokeRootStep, stateStep } from './finish-steps.ts';
import { enginesStep, initOpenBaoStep, startOpenBaoStep, unsealOpenBaoStep } from './openbao-steps.ts';
import { infraAgentsStep } from './infra-agents-step.ts';
import { SetupPorts } from './ports.ts';
import { responderStep } from './responder-step.ts';
import { breakGlassStep, rolesStep } from './role-steps.ts';
import { layoutStep, serversStep, treeStep } from './server-steps.ts';
import { stepcaConfigStep, stepcaStep } from './stepca-steps.ts';
import { trustStep } from './trust-step.ts';

export interface SetupDeps extends Pick<SetupContext, 'paths' | 'topology' | 'now'> {
  readonly world: CheckWorld;
  /** Keeps name, domain and custodians in the workspace; called as soon as there is one. */
  readonly remember: (input: SetupLocal) => Promise<void>;
}

/** Which field's remark stands against which precondition. */
const groups: readonly { readonly id: string; readonly title: Message; readonly fields: RegExp }[] = [
  { id: 'directory', title: message('setup.precondition.directory'), fields: /^path$/ },
  { id: 'ports', title: message('setup.precondition.ports'), fields: /port$/i },
  {
    id: 'threshold',
    title: message('setup.precondition.threshold'),
    fields: /^openbao\.(shares|threshold)$/,
  },
  { id: 'custodians', title: message('setup.precondition.custodians'), fields: /^custodians$/ },
  { id: 'authority', title: message('setup.precondition.authority'), fields: /^(domain|ca\..*)$/ },
];

export async function preconditions(input: SetupLocal, world: CheckWorld): Promise<Precondition[]> {
  const remarks = await checkSetupLocal(input, world);
  const asked = groups.filter(({ id }) => id !== 'custodians' || input.kind === 'production');
  return asked.map(({ id, title, fields }) => {
    const about = remarks.filter(({ field }) => fields.test(field));
    const against = about.find(({ level }) => level === 'error');
    // A proposed port that is taken by now does not stand in the way, but whoever confirms shall know.
    const said = against ?? (id === 'ports' ? about[0] : undefined);
    return { id, title, met: against === undefined, ...(said === undefined ? {} : { detail: said.message }) };
  });
}

export function secretInputs(input: SetupLocal): SecretInput[] {
  const inputs: SecretInput[] = [];
  if (input.kind === 'production')
    inputs.push({
      name: 'passphrase',
      label: message('setup.secret.passphrase'),
      hint: message('setup.secret.passphrase_hint'),
      minLength: 12,
      fresh: true,
    });
  if (input.eab !== undefined)
    inputs.push({
      name: 'eab_hmac',
      label: message('setup.secret.eab_hmac'),
      hint: message('setup.secret.eab_hmac_hint'),
      minLength: 8,
      fresh: false,
    });
  return inputs;
}

/** The context of one set-up; OpenBao is always asked at its present port. */
export async function contextFor(
  deps: SetupDeps,
  input: SetupLocal & { readonly instance?: string },
): Promise<SetupContext> {
  // A spoilt layout is named by the step that needs it.
  const kept = await deps.topology.readLayout().catch(() => undefined);
  const ports = new SetupPorts(deps.topology, input, kept?.ports);
  const secure = deps.topology.kind === 'compose';
  const bundle = (): Promise<string | undefined> => readTextFileIfPresent(deps.paths.bundle);
  let ca = secure ? await bundle() : undefined;
  const at = (): string => `${secure ? 'https' : 'http'}://127.0.0.1:${ports.now.openbao}`;
  const made = (): OpenBao => createOpenBao({ url: at(), ...(ca === undefined ? {} : { ca }) });
  let openbao = made();
  return {
    ...deps,
    input,
    ports,
    secure,
    ...(input.instance === undefined ? {} : { instance: input.instance }),
    get openbao() {
      if (openbao.url !== at()) openbao = made();
      return openbao;
    },
    async trustAgain() {
      ca = await bundle();
      openbao = made();
    },
  };
}

/** A whole installation on this computer, from nothing to a proved CA. */
export function setupLocalDefinition(deps: SetupDeps): OperationDefinition<SetupLocal> {
  return {
    kind: 'setup.local',
    input: setupLocalSchema,
    async prepare(input) {
      const context = await contextFor(deps, input);
      const steps = [
        await serversStep(),
        treeStep(context),
        layoutStep(context, deps.remember),
        startOpenBaoStep(context),
        initOpenBaoStep(context),
        unsealOpenBaoStep(context),
        enginesStep(context),
        rolesStep(context),
        passwordStep(context),
        caStep(context),
        postgresStep(context),
        databaseStep(context),
        responderStep(context),
        stepcaConfigStep(context),
        infraAgentsStep(context),
        trustStep(context),
        ...(input.eab === undefined ? [] : [eabStep(context, input.eab.kid)]),
        stateStep(context),
        stepcaStep(context),
        breakGlassStep(context),
        proveStep(context),
        revokeRootStep(context),
      ];
      const { name, path } = input;
      return {
        title: message('setup.local.title'),
        summary: message('setup.local.summary', { name, path }),
        steps,
        preconditions: await preconditions(input, deps.world),
        secretInputs: secretInputs(input),
        confirm: { verb: message('setup.local.confirm', { name }) },
      };
    },
  };
}
