import { dirname, join } from 'node:path';
import { message } from '../../../shared/message.ts';
import { agentHcl } from '../../openbao/config.ts';
import type { Run, Step } from '../../operations/types.ts';
import { buildDsn } from '../../postgres/dsn.ts';
import {
  ensureDirectory,
  readTextFile,
  readTextFileIfPresent,
  removeFile,
  writeFileAtomic,
} from '../../workspace/atomic.ts';
import { kvMount, type SetupContext } from './context.ts';
import { runtimeDsn } from './database-steps.ts';

type Agent = 'stepca' | 'responder';

/** What an OpenBao Agent puts in the place of a value of KV version 2. */
const fromKv = (path: string): string =>
  `{{ with secret "${kvMount}/data/${path}" }}{{ .Data.data.value }}{{ end }}`;

/** Each template with the file that it renders, by the agent that does it. */
const templatesOf = ({ paths }: SetupContext, agent: Agent): readonly (readonly [string, string])[] =>
  agent === 'stepca'
    ? [
        [paths.template('password.txt'), paths.passwordFile],
        [paths.template('ca.json'), paths.caConfig],
      ]
    : [[paths.template('responder.toml'), paths.responderConfig]];

function configOf(context: SetupContext, agent: Agent): string {
  const { paths, ports, topology } = context;
  const { inside } = topology;
  const at = (path: string): string => inside.agentPath(path);
  return agentHcl({
    address: inside.openbaoUrl(ports.now, context.secure),
    ...(context.secure ? { caCert: at(paths.infraBundle) } : {}),
    roleIdFile: at(paths.infraAgent(agent, 'role_id')),
    secretIdFile: at(paths.infraAgent(agent, 'secret_id')),
    // One sink each: two agents on one token file overwrite each other.
    tokenFile: at(join(dirname(paths.infraAgent(agent, 'agent.hcl')), 'token')),
    templates: templatesOf(context, agent).map(([source, destination]) => ({
      source: at(source),
      destination: at(destination),
    })),
  });
}

async function filesOf(context: SetupContext, run: Run): Promise<ReadonlyMap<string, string>> {
  const { paths } = context;
  const dsn = JSON.stringify(buildDsn(await runtimeDsn(context, run)));
  const caConfig = await readTextFile(paths.caConfig);
  const responder = await readTextFile(paths.responderConfig);
  return new Map([
    [paths.template('password.txt'), fromKv('bootroot/stepca/password')],
    [paths.template('ca.json'), caConfig.replace(dsn, () => `"${fromKv('bootroot/stepca/db')}"`)],
    [
      paths.template('responder.toml'),
      responder.replace(/^hmac_secret = .*$/m, () => `hmac_secret = "${fromKv('bootroot/responder/hmac')}"`),
    ],
    [paths.infraAgent('stepca', 'agent.hcl'), configOf(context, 'stepca')],
    [paths.infraAgent('responder', 'agent.hcl'), configOf(context, 'responder')],
  ]);
}

export async function writeInfraAgents(context: SetupContext, run: Run): Promise<void> {
  for (const [path, text] of await filesOf(context, run)) {
    await ensureDirectory(dirname(path), { mode: 0o700 });
    await writeFileAtomic(path, text, { mode: 0o600 });
  }
}

/** Configuration and templates of the two infra OpenBao Agents, so that the bootroot tools find what they expect. They hold no secret. */
export function infraAgentsStep(context: SetupContext): Step {
  const { paths } = context;
  const written = [
    paths.template('password.txt'),
    paths.template('ca.json'),
    paths.template('responder.toml'),
    paths.infraAgent('stepca', 'agent.hcl'),
    paths.infraAgent('responder', 'agent.hcl'),
  ];
  return {
    id: 'infra-agents',
    title: message('setup.step.infra_agents'),
    effects: written.map((path) => ({ kind: 'file', path, action: 'create', mode: '0600' })),
    async check(run) {
      for (const [path, text] of await filesOf(context, run))
        if ((await readTextFileIfPresent(path)) !== text) return false;
      return true;
    },
    apply: (run) => writeInfraAgents(context, run),
    async undo() {
      for (const path of written) await removeFile(path);
    },
  };
}
