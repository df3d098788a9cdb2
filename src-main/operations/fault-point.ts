import { existsSync } from 'node:fs';
import { pause } from './pause.ts';

/** Where in the life of a step a fault test wants the process to die. */
export type FaultMoment = 'before' | 'after' | 'journaled';

/**
 * Kills this process at once, as a power cut would, when a fault test asked for this very moment:
 * `BOOTROOT_CONSOLE_FAULT=<step>:<moment>[:<kind>]`, and only together with `BOOTROOT_CONSOLE_TEST=1`. With
 * `BOOTROOT_CONSOLE_FAULT_PID=<pid>` that process dies instead: a server in the middle of an operation. With
 * `BOOTROOT_CONSOLE_FAULT_HOLD=<file>` nobody dies: it waits here for as long as there is that file, so that a test can act meanwhile.
 */
export async function faultPoint(kind: string, step: string, moment: FaultMoment): Promise<void> {
  if (process.env['BOOTROOT_CONSOLE_TEST'] !== '1') return;
  const [wantedStep, wantedMoment, wantedKind] = (process.env['BOOTROOT_CONSOLE_FAULT'] ?? '').split(':');
  if (wantedStep !== step || wantedMoment !== moment) return;
  if (wantedKind !== undefined && wantedKind !== kind) return;
  const hold = process.env['BOOTROOT_CONSOLE_FAULT_HOLD'];
  if (hold !== undefined) {
    while (existsSync(hold)) await pause(20);
    return;
  }
  const victim = process.env['BOOTROOT_CONSOLE_FAULT_PID'];
  process.kill(victim === undefined ? process.pid : Number(victim), 'SIGKILL');
}
