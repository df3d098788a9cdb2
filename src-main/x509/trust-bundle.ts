import { ConsoleError } from '../../shared/errors.ts';
import { isSelfIssued, readCertificate, type Certificate } from './certificate-fields.ts';
import { toPem } from './pem.ts';
import { verifyIssuedBy } from './signature.ts';

/** SHA-256 of the DER in lower-case hex, as in `trusted_ca_sha256`. */
export type Fingerprint = string;

/**
 * The pin check of an issuance: every certificate of the chain (leaf excluded) must be pinned, else the issuance fails.
 * Throws `pins_missing` when nothing is pinned, `pin_mismatch` naming the first stranger.
 */
export function verifyPins(chain: readonly Uint8Array[], pins: readonly Fingerprint[]): void {
  if (pins.length === 0) throw new ConsoleError('pins_missing');
  const pinned = new Set(pins.map((pin) => pin.toLowerCase()));
  for (const der of chain) {
    const { sha256, subject } = readCertificate(der).fields;
    if (!pinned.has(sha256)) throw new ConsoleError('pin_mismatch', { subject, fingerprint: sha256 });
  }
}

/** A certificate that its own key signed: where trust may end. */
export const isSelfSigned = (certificate: Certificate): boolean =>
  isSelfIssued(certificate) && verifyIssuedBy(certificate, certificate);

export interface MergedBundle {
  readonly certificates: readonly Uint8Array[];
  /** PEM of all, intermediates first, anchors last. */
  readonly pem: string;
  readonly fingerprints: readonly Fingerprint[];
  /** Fingerprints of the previous bundle that are pinned no more and therefore left. */
  readonly dropped: readonly Fingerprint[];
  /** Pins for which no certificate was at hand. */
  readonly missing: readonly Fingerprint[];
}

/**
 * The new trust bundle: what the previous one held and is still pinned, and the chain of the answer, each once by SHA-256.
 * The chain must have passed {@link verifyPins}. A chain without the root so keeps the root, and a retired CA leaves when
 * its pin does. Throws `bundle_without_anchor` when no self-signed certificate would be in it.
 */
export function mergeBundle(
  pins: readonly Fingerprint[],
  chain: readonly Uint8Array[],
  previous: readonly Uint8Array[],
): MergedBundle {
  const pinned = new Set(pins.map((pin) => pin.toLowerCase()));
  const kept = new Map<Fingerprint, Certificate>();
  const dropped = new Set<Fingerprint>();
  for (const der of [...chain, ...previous]) {
    const certificate = readCertificate(der);
    const { sha256 } = certificate.fields;
    if (pinned.has(sha256)) kept.set(sha256, certificate);
    else dropped.add(sha256);
  }
  const all = [...kept.values()];
  const anchors = all.filter(isSelfSigned);
  if (anchors.length === 0) throw new ConsoleError('bundle_without_anchor');
  const ordered = [...all.filter((certificate) => !anchors.includes(certificate)), ...anchors];
  return {
    certificates: ordered.map(({ der }) => der),
    pem: ordered.map(({ der }) => toPem(der, 'CERTIFICATE')).join(''),
    fingerprints: ordered.map(({ fields }) => fields.sha256),
    dropped: [...dropped],
    missing: [...pinned].filter((pin) => !kept.has(pin)),
  };
}
