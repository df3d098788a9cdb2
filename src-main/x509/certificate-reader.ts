import { Worker } from 'node:worker_threads';
import type { Asn1View, Inspection } from '../../shared/contract/certificates.ts';
import { ConsoleError } from '../../shared/errors.ts';
import type { FieldsOrFault } from './certificate-fields.ts';
import { shownInFull, type InspectionOptions } from './inspection.ts';
import { checkInputSize, mayBePkcs12 } from './input.ts';
import { runJob, type Job, type JobResults } from './worker-jobs.ts';
import type { JobAnswer, JobRequest } from './worker.ts';

/** Reads certificates without ever stalling the thread that asks. */
export interface CertificateReader {
  /** Errors: those of `inspectBytes`, `certificate_worker_slow`, `certificate_worker_failed`. */
  inspect(bytes: Uint8Array, options: InspectionOptions): Promise<Inspection>;
  /** Errors: those of `asn1OfItem`, and of the worker. */
  asn1(bytes: Uint8Array, item: number, from: number, password?: string): Promise<Asn1View>;
  /** Inventory fields of many DER certificates, in their order. */
  fields(ders: readonly Uint8Array[]): Promise<FieldsOrFault[]>;
  close(): Promise<void>;
}

/** Above these it takes more than a few milliseconds, and the worker does it: certificates, and bytes of a file. */
const manyCertificates = 200;
const largeFile = 64 * 1024;

/** Large, or a key must be derived from a password, which is slow on purpose: PKCS#12 tries the empty one by itself. */
function isHeavy(bytes: Uint8Array, password: string | undefined): boolean {
  return bytes.length > largeFile || password !== undefined || mayBePkcs12(bytes);
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: ConsoleError) => void;
  readonly timer: NodeJS.Timeout;
}

class WorkerClient {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  private readonly script: string;
  private readonly timeout: number;

  constructor(script: string, timeout: number) {
    this.script = script;
    this.timeout = timeout;
  }

  /** Started by the first job; an idle worker does not keep the process alive. */
  private start(): Worker {
    if (this.worker !== undefined) return this.worker;
    const worker = new Worker(this.script, { resourceLimits: { maxOldGenerationSizeMb: 1024 } });
    const gone = (): void => this.abandon(worker, new ConsoleError('certificate_worker_failed'));
    worker.on('message', (reply: JobAnswer) => this.settle(reply));
    worker.on('error', gone);
    worker.on('exit', gone);
    worker.unref();
    this.worker = worker;
    return worker;
  }

  private settle(reply: JobAnswer): void {
    const waiting = this.pending.get(reply.id);
    if (waiting === undefined) return;
    this.pending.delete(reply.id);
    clearTimeout(waiting.timer);
    if (this.pending.size === 0) this.worker?.unref();
    if ('result' in reply) waiting.resolve(reply.result);
    else {
      const { code, params, changed, detail } = reply.error;
      waiting.reject(
        new ConsoleError(code, params, detail === undefined ? { changed } : { changed, detail }),
      );
    }
  }

  /** Gives a worker up and everything that waits for it; the next job starts a new one. */
  private abandon(worker: Worker, reason: ConsoleError): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    for (const { reject, timer } of this.pending.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    this.pending.clear();
    void worker.terminate();
  }

  run(job: Job): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const worker = this.start();
      const id = ++this.lastId;
      const slow = new ConsoleError('certificate_worker_slow', { seconds: Math.ceil(this.timeout / 1000) });
      const timer = setTimeout(() => this.abandon(worker, slow), this.timeout);
      this.pending.set(id, { resolve, reject, timer });
      worker.ref();
      worker.postMessage({ id, job } satisfies JobRequest);
    });
  }

  async close(): Promise<void> {
    const { worker } = this;
    if (worker === undefined) return;
    this.abandon(worker, new ConsoleError('cancelled'));
    await worker.terminate();
  }
}

/**
 * @param options.script path of `x509-worker.cjs`
 * @param options.timeout milliseconds that one job may take, 20 s unless told
 */
export function createCertificateReader(options: { script: string; timeout?: number }): CertificateReader {
  const client = new WorkerClient(options.script, options.timeout ?? 20_000);
  const run = async <J extends Job>(job: J, heavy: boolean): Promise<JobResults[J['kind']]> =>
    (heavy ? await client.run(job) : await runJob(job)) as JobResults[J['kind']];
  return {
    inspect: async (bytes, inspection) => {
      checkInputSize(bytes.length);
      // Who asks for more in full than a viewer shows works through an inventory.
      const heavy = isHeavy(bytes, inspection.password) || (inspection.full ?? 0) > shownInFull;
      return run({ kind: 'inspect', bytes, options: inspection }, heavy);
    },
    asn1: async (bytes, item, from, password) => {
      checkInputSize(bytes.length);
      const job = {
        kind: 'asn1',
        bytes,
        item,
        from,
        ...(password === undefined ? {} : { password }),
      } as const;
      return run(job, isHeavy(bytes, password));
    },
    fields: (ders) => run({ kind: 'fields', ders }, ders.length > manyCertificates),
    close: () => client.close(),
  };
}
