import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ConsoleError } from '../../../shared/errors.ts';
import { distDirectory } from '../../install/paths.ts';
import type { AgeAnswer, AgeJob } from './age.ts';

/**
 * Writes or opens an age file in a thread of its own, so that no window and no command line stands still meanwhile.
 * Throws `recovery_worker_failed`.
 */
export async function inAgeThread(job: AgeJob): Promise<AgeAnswer> {
  const worker = new Worker(join(distDirectory(), 'age-worker.cjs'));
  try {
    return await new Promise<AgeAnswer>((resolve, reject) => {
      const failed = (cause?: unknown): void =>
        reject(new ConsoleError('recovery_worker_failed', {}, { cause }));
      worker.once('message', resolve);
      worker.once('error', failed);
      worker.once('exit', () => failed());
      worker.postMessage(job);
    });
  } finally {
    await worker.terminate();
  }
}
