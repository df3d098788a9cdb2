import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./read.py', import.meta.url));

export type ContractFile =
  'agent' | 'responder' | 'state' | 'bootstrap' | 'summary' | 'fast-poll' | 'eab' | 'credential' | 'bundle';

/**
 * A file as the tools of that generation read it, by a reader that shares nothing with the console's own parsers.
 * @throws what rule of the contract the text breaks
 */
export function readAsTools(kind: ContractFile, generation: 'older' | 'newer', text: string): unknown {
  const { status, stdout, stderr } = spawnSync('python3', [program, kind, generation], { input: text });
  if (status !== 0) throw new Error(stderr.toString().trim());
  return JSON.parse(stdout.toString()) as unknown;
}
