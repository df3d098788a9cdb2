import type { KeyObject, X509Certificate } from 'node:crypto';
import type { IssuedCertificate } from '../acme/port.ts';
import { installSet, previousOf, type SetPaths } from '../issuance/certificate-set.ts';
import type { Service } from './entry.ts';

/** Pins and bundle of one generation, as OpenBao has them. */
export interface TrustDocument {
  readonly pins: readonly string[];
  readonly bundlePem: string;
}

/** Where the set that an issuance replaced is kept: one generation back. */
export const previousDirectory = (service: Service): string => previousOf(service.key);

/** The files of a service's certificate set. */
export const setOf = (service: Service): SetPaths => ({
  cert: service.cert,
  key: service.key,
  bundle: service.bundle,
  previous: previousDirectory(service),
});

/**
 * Installs an issued certificate for a service; see `installSet`.
 * @throws `pin_mismatch`, `bundle_without_anchor`, and what the file system refuses
 * @returns SHA-256 of the leaf and of the bundle's members
 */
export const installCertificate = (
  service: Service,
  issued: IssuedCertificate,
  key: KeyObject,
  trust: TrustDocument,
): Promise<{ readonly leaf: X509Certificate; readonly bundle: readonly string[] }> =>
  installSet(
    setOf(service),
    issued,
    key,
    trust,
    service.entry.cert_group_gid == null ? {} : { gid: service.entry.cert_group_gid },
  );
