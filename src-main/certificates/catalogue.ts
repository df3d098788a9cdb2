import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { CertificateListItem } from '../../shared/contract/certificates.ts';
import { message, type Message } from '../../shared/message.ts';
import { toErrorData } from '../operations/error-data.ts';
import { readCertificateFile } from '../x509/inspection.ts';
import type { TrustStore } from '../x509/verdicts.ts';
import type { OpenCertificates } from './deps.ts';
import { allowedFile } from './file-access.ts';
import { certificateFiles, type CertificateFile } from './inventory.ts';
import { factsIn, rowOf, type CertificateFacts } from './rows.ts';
import { installationTrust } from './trust.ts';

/** Every certificate of the installation at one instant. */
export interface Catalogue {
  readonly rows: readonly CertificateListItem[];
  readonly failed: readonly { path: string; message: Message }[];
  readonly at: number;
}

interface Judged {
  readonly stamp: string;
  /** Unix milliseconds until which the problems are those that were found: time alone makes new ones. */
  readonly until: number;
  readonly facts: readonly CertificateFacts[];
  readonly unlisted: number;
}

/** Certificates of one file that get a row; a bundle of more is no inventory. */
const rowsPerFile = 100;
const longestJudgement = 60_000;
/** The pages of one scroll agree with each other. */
const sameMs = 2_000;

const sha256 = (parts: readonly Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** The next instant at which a certificate begins, is due for renewal, or ends. */
function nextChange(facts: readonly CertificateFacts[], now: number): number {
  const instants = facts.flatMap(({ notBefore, renewAt, notAfter }) => [notBefore, renewAt, notAfter]);
  return Math.min(now + longestJudgement, ...instants.filter((at) => at > now));
}

/** Reads the installation's certificate files; one that did not change since is not read again. */
export class CertificateCatalogue {
  readonly #judged = new Map<string, Judged>();
  #last: { readonly root: string; readonly catalogue: Promise<Catalogue>; readonly at: number } | undefined;

  /** Callers at the same time share one reading. */
  read(deps: OpenCertificates): Promise<Catalogue> {
    const now = deps.now();
    const { root } = deps.paths;
    if (this.#last !== undefined && this.#last.root === root && Math.abs(now - this.#last.at) < sameMs)
      return this.#last.catalogue;
    const catalogue = this.#collect(deps, now);
    this.#last = { root, catalogue, at: now };
    catalogue.catch(() => {
      this.#last = undefined;
    });
    return catalogue;
  }

  async #collect(deps: OpenCertificates, now: number): Promise<Catalogue> {
    const services = await deps.services();
    const [files, trust, ladders] = await Promise.all([
      certificateFiles(deps.paths, services),
      installationTrust(deps.paths, deps.reader),
      deps.evidence(),
    ]);
    const trustStamp = sha256(trust.flatMap(({ certificates }) => certificates));
    const rows: CertificateListItem[] = [];
    const failed: { path: string; message: Message }[] = [];
    for (const file of files) {
      try {
        const real = await allowedFile(file.path, deps.paths, services);
        const { facts, unlisted } = await this.#judge(real, file, deps, trust, trustStamp, now);
        for (const one of facts) rows.push(rowOf(file.path, one, file.service, ladders, now));
        if (unlisted > 0)
          failed.push({
            path: file.path,
            message: message('certificates.list.unlisted', { count: unlisted, limit: rowsPerFile }),
          });
      } catch (error) {
        const { code, params } = toErrorData(error);
        failed.push({ path: file.path, message: message(`error.${code}.what`, params) });
      }
    }
    const present = new Set(files.map(({ path }) => path));
    for (const path of this.#judged.keys()) if (!present.has(path)) this.#judged.delete(path);
    return { rows, failed, at: now };
  }

  async #judge(
    real: string,
    file: CertificateFile,
    deps: OpenCertificates,
    trust: readonly TrustStore[],
    trustStamp: string,
    now: number,
  ): Promise<Judged> {
    const { ino, size, mtimeMs, ctimeMs } = await stat(real);
    const identity = file.service?.identity ?? '';
    const stamp = [real, ino, size, mtimeMs, ctimeMs, trustStamp, identity].join('\n');
    const known = this.#judged.get(file.path);
    if (known?.stamp === stamp && now < known.until && now >= known.until - longestJudgement) return known;
    const bytes = await readCertificateFile(real);
    const inspection = await deps.reader.inspect(bytes, {
      name: file.path,
      now,
      trust,
      full: rowsPerFile,
      ...(file.service === undefined ? {} : { wantedName: file.service.identity }),
    });
    const facts = factsIn(inspection);
    const judged: Judged = {
      stamp,
      until: nextChange(facts, now),
      facts,
      unlisted: Math.max(0, inspection.entries.length - rowsPerFile),
    };
    this.#judged.set(file.path, judged);
    return judged;
  }
}
