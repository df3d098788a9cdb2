import type { Rung } from '../../shared/contract/services.ts';
import type { Service } from '../services/entry.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { CertificateReader } from '../x509/certificate-reader.ts';

/** What the certificate viewer works on. Read anew for each call, so that the workspace may change underneath. */
export interface CertificatesDeps {
  /** Of the open workspace; without one only dropped files are shown. */
  readonly paths: WorkspacePaths | undefined;
  services(): Promise<readonly Service[]>;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly reader: CertificateReader;
  /** The last proof of each rung by service id. */
  evidence(): Promise<ReadonlyMap<string, readonly Rung[]>>;
}

/** {@link CertificatesDeps} of an open workspace. */
export interface OpenCertificates extends CertificatesDeps {
  readonly paths: WorkspacePaths;
}
