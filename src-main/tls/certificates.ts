import { X509Certificate, createHash } from 'node:crypto';

const block =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** Those that were read last, by their text: the same CA certificates come with every bundle, chain and handshake. */
const known = new Map<string, X509Certificate>();
const mostKnown = 64;

function parsed(text: string): X509Certificate {
  const there = known.get(text);
  if (there !== undefined) return there;
  const certificate = new X509Certificate(text);
  const [oldest] = known.keys();
  if (known.size >= mostKnown && oldest !== undefined) known.delete(oldest);
  known.set(text, certificate);
  return certificate;
}

/** The certificates of a PEM bundle in their order. @throws Error when a block is no certificate */
export function readBundle(pem: string): X509Certificate[] {
  return (pem.match(block) ?? []).map(parsed);
}

/** Lower-case hex SHA-256 of the DER form: how pins and `trusted_ca_sha256` are written. */
export function sha256(certificate: X509Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('hex');
}

/** A pin as an operator may have typed it (colons, upper case) in the form {@link sha256} answers. */
export function normalisePin(pin: string): string {
  return pin.replace(/[:\s]/g, '').toLowerCase();
}
