import { dirname } from 'node:path';
import type { ServiceUnit } from './unit.ts';

/** Interpreter and bundle, absolute. */
export type ConsoleProgram = readonly string[];

interface Place {
  readonly user: string;
  readonly group?: string;
}

const who = ({ user, group }: Place): Pick<ServiceUnit, 'user' | 'group'> => ({
  user,
  ...(group === undefined ? {} : { group }),
});

/** Directories below which systemd hides everything unless told otherwise. */
const inHome = (paths: readonly string[]): Pick<ServiceUnit, 'homes'> =>
  paths.some((path) => /^\/(?:home|root|run\/user)\//.test(path)) ? { homes: 'read-only' } : {};

/** The HTTP-01 responder. Port 80 by capability, or by a socket that systemd opens. */
export const responderService = (
  options: Place & { readonly program: ConsoleProgram; readonly config: string; readonly socket?: string },
): ServiceUnit => ({
  name: 'bootroot-responder.service',
  description: 'Bootroot HTTP-01 responder',
  command: [...options.program, 'responder', '--config', options.config],
  ...who(options),
  ...inHome([...options.program, options.config]),
  writable: [],
  ...(options.socket === undefined ? { lowPorts: true } : { socket: options.socket }),
  reloads: true,
  justInTime: true,
});

/** The renewal agent of one service. It writes where its configuration, credentials and certificates lie. */
export const agentService = (
  options: Place & {
    readonly id: string;
    readonly program: ConsoleProgram;
    readonly config: string;
    readonly writable: readonly string[];
  },
): ServiceUnit => ({
  name: `bootroot-agent-${options.id}.service`,
  description: `Bootroot renewal agent of ${options.id}`,
  command: [...options.program, 'agent', '--config', options.config],
  ...who(options),
  ...inHome([...options.program, options.config, ...options.writable]),
  writable: [...new Set([dirname(options.config), ...options.writable])],
  reloads: true,
  justInTime: true,
});

/** The OpenBao Agent of one service or server: renders its files. */
export const openbaoAgentService = (
  options: Place & {
    readonly id: string;
    readonly bao: string;
    readonly config: string;
    readonly writable: readonly string[];
  },
): ServiceUnit => ({
  name: `bootroot-openbao-agent-${options.id}.service`,
  description: `OpenBao Agent of ${options.id}`,
  command: [options.bao, 'agent', `-config=${options.config}`],
  ...who(options),
  ...inHome([options.bao, options.config, ...options.writable]),
  writable: options.writable,
  reloads: true,
});
