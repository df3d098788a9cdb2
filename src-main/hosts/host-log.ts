import { chmodSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import pino from 'pino';
import type { HostLog } from './host-console.ts';

const keepBytes = 5_000_000;

/** One older file is kept, so that the log never takes more than twice {@link keepBytes}. */
function rotate(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > keepBytes) renameSync(file, `${file}.1`);
}

/**
 * The log of a host: `<config directory>/logs/<host>.log`, mode 0600, JSON lines.
 * Hosts log reasons and counts that they made themselves, never what a client sent.
 */
export function openHostLog(configDir: string, host: 'electron' | 'web' | 'cli'): HostLog {
  const directory = path.join(configDir, 'logs');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, `${host}.log`);
  rotate(file);
  const destination = pino.destination({ dest: file, mode: 0o600, sync: true });
  chmodSync(file, 0o600);
  return pino({ base: { host }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
