import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConsoleError } from '../../../shared/errors.ts';

/** Names of a certificate on disk and the path from it to a self-signed root of its bundle, each link checked by signature. */
export interface Issued {
  readonly sans: readonly string[];
  /** Subjects, leaf first. */
  readonly chain: readonly string[];
}

const blocks = (pem: string): X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (block) => new X509Certificate(block),
  );

/** Node answers undefined for an empty name. */
const oneLine = (name: string | undefined): string => (name ?? '').split('\n').join(', ');

/** Throws `cli_chain_broken` when the certificates on disk do not lead to a root. */
export async function readIssued(files: { certPath: string; bundlePath: string }): Promise<Issued> {
  const [leaf] = blocks(await readFile(files.certPath, 'utf8'));
  const bundle = blocks(await readFile(files.bundlePath, 'utf8'));
  const broken = (): ConsoleError => new ConsoleError('cli_chain_broken', { file: files.certPath });
  if (leaf === undefined) throw broken();
  const chain = [leaf];
  for (let last = leaf; last.subject !== last.issuer;) {
    const issuer = bundle.find(
      (candidate) => last.checkIssued(candidate) && last.verify(candidate.publicKey),
    );
    if (issuer === undefined || chain.includes(issuer)) throw broken();
    chain.push(issuer);
    last = issuer;
  }
  return {
    sans: (leaf.subjectAltName ?? '').split(', ').map((name) => name.replace(/^DNS:/, '')),
    chain: chain.map((certificate) => oneLine(certificate.subject) || oneLine(certificate.issuer)),
  };
}
