import { parentPort } from 'node:worker_threads';
import { ConsoleError, type ErrorData } from '../../shared/errors.ts';
import { runJob, type Job } from './worker-jobs.ts';

/** What the client sends and what comes back: plain data both ways. */
export interface JobRequest {
  readonly id: number;
  readonly job: Job;
}
export type JobAnswer =
  { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: ErrorData };

async function answer({ id, job }: JobRequest): Promise<JobAnswer> {
  try {
    return { id, result: await runJob(job) };
  } catch (error) {
    if (error instanceof ConsoleError) return { id, error: error.data };
    return { id, error: new ConsoleError('internal').data };
  }
}

const port = parentPort;
port?.on('message', (request: JobRequest) => {
  void answer(request).then((reply) => port.postMessage(reply));
});
