import { parentPort } from 'node:worker_threads';
import { runAgeJob, type AgeJob } from './age.ts';

/** One job per thread: it ends with it, and its copies of passphrase and shares end with the thread. */
const port = parentPort;
port?.once('message', (job: AgeJob) => {
  void runAgeJob(job).then((answer) => port.postMessage(answer));
});
