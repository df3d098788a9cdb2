import { stat, statfs } from 'node:fs';
import { promisify } from 'node:util';
import type { OpenBaoClient } from '../openbao/openbao.ts';
import type { Target } from '../../shared/contract/monitoring.ts';
import { ConnectionFailure } from '../tls/failure.ts';
import { httpRequest } from '../tls/http-request.ts';
import { tlsClient } from '../tls/client.ts';
import type { AuditFile, Disk, Skew, TargetState } from './picture.ts';

const patience = { timeoutMs: 3_000, maxBytes: 256 * 1024 } as const;

/** One GET that trusts this bundle only; the answer, or what kept it away. */
async function ask(url: string, ca: string | undefined) {
  const tls = url.startsWith('https:') && ca !== undefined ? tlsClient({ ca }) : undefined;
  try {
    return await httpRequest({ url, ...patience, ...(tls === undefined ? {} : { tls }) });
  } finally {
    tls?.close();
  }
}

/**
 * How far a server's clock is from ours, by the Date header of its answer: half of the round trip is taken off and the header has
 * whole seconds, so differences under two seconds mean nothing. Undefined: no answer, or none with a date.
 */
export async function clockSkew(
  server: string,
  url: string,
  ca: string | undefined,
  now: () => number,
): Promise<Skew | undefined> {
  const before = now();
  const answer = await ask(url, ca).catch(() => undefined);
  const after = now();
  const theirs = Date.parse(answer?.headers.date ?? '');
  if (!Number.isFinite(theirs)) return undefined;
  return { server, seconds: (theirs + 500 - (before + after) / 2) / 1000 };
}

/** Whether a declared target answers with a success. */
export async function askTarget(target: Target, ca: string | undefined): Promise<TargetState> {
  try {
    const { status } = await ask(target.url, ca);
    return status >= 200 && status < 400
      ? { ...target, up: true }
      : { ...target, up: false, problem: `HTTP ${status}` };
  } catch (error) {
    return { ...target, up: false, problem: error instanceof ConnectionFailure ? error.code : 'failed' };
  }
}

/** Room on the file system of a path; undefined where the runtime (Node before 18.15) or the path does not say. */
export async function diskOf(path: string): Promise<Disk | undefined> {
  if (typeof statfs !== 'function') return undefined;
  try {
    const { bavail, blocks, bsize } = await promisify(statfs)(path);
    const { dev: device } = await promisify(stat)(path);
    return { path, device, freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}

/**
 * The audit devices, with the size of each file that is on this machine.
 * @param hostPath where this machine has a file of OpenBao: containers and other hosts have other paths
 */
export async function auditFiles(
  client: OpenBaoClient,
  hostPath: (path: string) => Promise<string | undefined>,
): Promise<readonly AuditFile[]> {
  const devices = await client.audit.list();
  return Promise.all(
    devices.map(async ({ name, type, filePath }) => {
      const path = filePath === undefined ? undefined : await hostPath(filePath);
      const bytes =
        path === undefined
          ? undefined
          : await promisify(stat)(path).then(
              ({ size }) => size,
              () => undefined,
            );
      return { name, type, ...(bytes === undefined ? {} : { bytes }) };
    }),
  );
}
