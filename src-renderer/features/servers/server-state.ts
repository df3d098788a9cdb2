import type { Status } from '../../ui/status.ts';

/** States in which a server of the local topology can be, and the status word each stands for. */
export const serverStates = [
  'ready',
  'starting',
  'stopping',
  'restarting',
  'stopped',
  'sealed',
  'unhealthy',
  'failed',
  'unreachable',
  'unknown',
] as const;
export type ServerState = (typeof serverStates)[number];

const status: Record<ServerState, Status> = {
  ready: 'proved',
  starting: 'pending',
  stopping: 'pending',
  restarting: 'pending',
  stopped: 'unreachable',
  sealed: 'sealed',
  unhealthy: 'failed',
  failed: 'failed',
  unreachable: 'unreachable',
  unknown: 'unknown',
};

/** A state as the core names it; one that this page does not know is unknown, never green. */
export const serverState = (name: string): ServerState =>
  serverStates.find((state) => state === name) ?? 'unknown';

export const serverStatus = (name: string): Status => status[serverState(name)];
