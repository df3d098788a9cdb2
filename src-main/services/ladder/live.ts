import type { Rung } from '../../../shared/contract/services.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { sha256 } from '../../tls/certificates.ts';
import { proveMutualTls, type MutualTlsProof } from '../../tls/mtls-proof.ts';
import { parseLeaf, type ServiceFiles } from '../../issuance/set-files.ts';
import { RungBuilder, notAsked } from './rungs.ts';

/** Whether what the service showed is the leaf on disk. */
export function judgeServed(proof: MutualTlsProof, leaf: string, now: number): Rung {
  const rung = new RungBuilder('served', now);
  const { withCertificate } = proof;
  if (withCertificate.served === undefined)
    rung.lacks('service.rung.not_served', { problem: withCertificate.detail ?? '' });
  else if (withCertificate.served !== leaf)
    rung.contradicts('service.rung.served_differs', { served: withCertificate.served.slice(0, 16) });
  else
    rung.proves('service.rung.served', {
      fingerprint: leaf.slice(0, 16),
      protocol: withCertificate.protocol ?? '',
    });
  return rung.build();
}

/** Whether the right peer got in, in both directions, and nobody else did. */
export function judgeTrusted(proof: MutualTlsProof, now: number): Rung {
  const rung = new RungBuilder('trusted', now);
  if (proof.bothDirections) rung.proves('service.rung.trusted');
  else rung.lacks('service.rung.not_trusted', { problem: proof.withCertificate.detail ?? '' });
  if (proof.withoutCertificate.accepted || proof.stranger.accepted) rung.contradicts('service.rung.let_in');
  else if (proof.ok) {
    rung.proves('service.rung.refused');
    rung.proves('service.rung.refused_stranger');
  } else if (proof.bothDirections) rung.lacks('service.rung.refusal_unseen');
  return rung.build();
}

/**
 * The last three rungs by real handshakes with the console's own mTLS service, started with exactly the files on disk:
 * it loads them, serves them, and a peer is accepted with the certificate in both directions and refused without.
 */
export async function judgeLive(
  identity: string,
  files: ServiceFiles,
  onDisk: Rung,
  now: number,
): Promise<readonly [loaded: Rung, served: Rung, trusted: Rung]> {
  const { certPem, keyPem, bundlePem } = files;
  const leaf = certPem === undefined ? undefined : parseLeaf(certPem);
  if (
    onDisk.outcome !== 'proved' ||
    certPem === undefined ||
    keyPem === undefined ||
    bundlePem === undefined ||
    !leaf
  )
    return [notAsked('loaded', now), notAsked('served', now), notAsked('trusted', now)];
  const loaded = new RungBuilder('loaded', now);
  const identityFiles = { cert: certPem, key: keyPem, ca: bundlePem };
  try {
    const proof = await proveMutualTls({
      service: identityFiles,
      client: identityFiles,
      servername: identity,
    });
    loaded.proves('service.rung.loaded');
    return [loaded.build(), judgeServed(proof, sha256(leaf), now), judgeTrusted(proof, now)];
  } catch (error) {
    loaded.contradicts('service.rung.not_loaded', {
      problem: isConsoleError(error) ? error.code : 'TLS',
    });
    return [loaded.build(), notAsked('served', now), notAsked('trusted', now)];
  }
}
