import { X509Certificate, createHash } from 'node:crypto';

const block =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** The certificates of a PEM bundle in their order. @throws Error when a block is no certificate */
export function readBundle(pem: string): X509Certificate[] {
  return (pem.match(block) ?? []).map((text) => new X509Certificate(text));
}

/** Lower-case hex SHA-256 of the DER form: how pins and `trusted_ca_sha256` are written. */
export function sha256(certificate: X509Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('hex');
}

/** A pin as an operator may have typed it (colons, upper case) in the form {@link sha256} answers. */
export function normalisePin(pin: string): string {
  return pin.replace(/[:\s]/g, '').toLowerCase();
}
