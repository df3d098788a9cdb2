import type { ServerId } from '../server-id.ts';
import type { ContainerLayout } from './render.ts';

/** The servers of a compose installation in the order in which they start. Names are the engine's business: no resolver. */
export const composeServers = [
  'openbao',
  'postgres',
  'responder',
  'step-ca',
] as const satisfies readonly ServerId[];
export type ComposeServer = (typeof composeServers)[number];

/** OpenBao Agents, which render what step-ca and the responder read. */
export const composeAgents = ['openbao-agent-stepca', 'openbao-agent-responder'] as const;
export type ComposeAgent = (typeof composeAgents)[number];

/** Names in the compose file, as the bootroot tools have them. */
export const serviceOf: Readonly<Record<ComposeServer, string>> = {
  openbao: 'openbao',
  postgres: 'postgres',
  responder: 'bootroot-http01',
  'step-ca': 'step-ca',
};

/** Suffixes of container names (formats-newer.md, "Compose, ports, instance"). */
export const suffixOf: Readonly<Record<ComposeServer | ComposeAgent, string>> = {
  openbao: 'openbao',
  postgres: 'postgres',
  responder: 'http01',
  'step-ca': 'ca',
  'openbao-agent-stepca': 'openbao-agent-stepca',
  'openbao-agent-responder': 'openbao-agent-responder',
};

/** Label that says whose a container, network or volume is (failure mode C10). */
export const identityLabel = 'io.bootroot.installation';

/** The agent that keeps a server's files as OpenBao has them. */
export const agentOf: Readonly<Partial<Record<ComposeServer, ComposeAgent>>> = {
  'step-ca': 'openbao-agent-stepca',
  responder: 'openbao-agent-responder',
};

/** A container of the installation: a server, a helper, or something else that carries its label. */
export interface ComposePart {
  readonly container: string;
  readonly service: string;
  readonly server?: ComposeServer;
  /** The image that the files name. */
  readonly imageOf?: (layout: ContainerLayout) => string;
}

const imageOf: Readonly<Record<ComposeServer, (layout: ContainerLayout) => string>> = {
  openbao: ({ programs }) => programs.openbao.path,
  postgres: ({ programs }) => programs.postgres.path,
  responder: ({ compose }) => compose.responderImage,
  'step-ca': ({ programs }) => programs['step-ca'].path,
};

/** Servers and helpers of the compose files in the order in which they start. */
export const partsOf = (instance: string): readonly ComposePart[] => [
  ...composeServers.map((server) => ({
    container: `${instance}-${suffixOf[server]}`,
    service: serviceOf[server],
    server,
    imageOf: imageOf[server],
  })),
  ...composeAgents.map((agent) => ({
    container: `${instance}-${suffixOf[agent]}`,
    service: agent,
    imageOf: imageOf.openbao,
  })),
];
