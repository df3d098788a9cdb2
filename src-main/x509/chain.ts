import { isSelfIssued, type Certificate } from './certificate-fields.ts';
import { verifyIssuedBy } from './signature.ts';

/** From a certificate up to where it goes. */
export interface Path {
  readonly certificates: readonly Certificate[];
  readonly end: 'anchor' | 'self_signed' | 'missing_issuer' | 'too_long';
}

/** Bounds that no honest file meets; a hostile one with a thousand cross-signed CAs would take for ever. */
const maxLength = 10;
const maxPaths = 8;
const maxSteps = 500;
const maxSignatures = 2000;

/**
 * Finds issuers among known certificates: by key identifier where both sides carry one, and always by a signature that
 * verifies. A name alone never makes an issuer: two CAs of one name are ordinary after a key was replaced.
 */
export class ChainBuilder {
  private readonly bySubject = new Map<string, Certificate[]>();
  private readonly verified = new Map<string, boolean>();
  private readonly known = new Set<string>();

  constructor(certificates: Iterable<Certificate>) {
    for (const certificate of certificates) this.add(certificate);
  }

  private add(certificate: Certificate): void {
    if (this.known.has(certificate.fields.sha256)) return;
    this.known.add(certificate.fields.sha256);
    const key = Buffer.from(certificate.subjectRaw).toString('base64');
    const others = this.bySubject.get(key);
    if (others === undefined) this.bySubject.set(key, [certificate]);
    else others.push(certificate);
  }

  /** Whether the key of `issuer` signed `certificate`; each pair is verified once. */
  signedBy(certificate: Certificate, issuer: Certificate): boolean {
    const pair = `${certificate.fields.sha256} ${issuer.fields.spkiSha256}`;
    const before = this.verified.get(pair);
    if (before !== undefined) return before;
    if (this.verified.size >= maxSignatures) return false;
    const result = verifyIssuedBy(certificate, issuer);
    this.verified.set(pair, result);
    return result;
  }

  isSelfSigned(certificate: Certificate): boolean {
    return isSelfIssued(certificate) && this.signedBy(certificate, certificate);
  }

  /** Certificates whose key signed this one, itself excepted; latest to expire first. */
  issuersOf(certificate: Certificate): Certificate[] {
    const { authorityKeyId, sha256 } = certificate.fields;
    const named = this.bySubject.get(Buffer.from(certificate.issuerRaw).toString('base64')) ?? [];
    return named
      .filter(({ fields }) => {
        if (fields.sha256 === sha256) return false;
        const comparable = authorityKeyId !== undefined && fields.subjectKeyId !== undefined;
        return !comparable || fields.subjectKeyId === authorityKeyId;
      })
      .filter((issuer) => this.signedBy(certificate, issuer))
      .sort((a, b) => b.fields.notAfter - a.fields.notAfter);
  }

  /** Certificates that bear the issuer's name but did not sign this one: the trap of equal names. */
  namesakesOf(certificate: Certificate): Certificate[] {
    const named = this.bySubject.get(Buffer.from(certificate.issuerRaw).toString('base64')) ?? [];
    return named.filter((other) => !this.signedBy(certificate, other));
  }

  /**
   * Paths from `leaf` upwards, best first: those that end in a trusted anchor, then at a self-signed certificate, then
   * where the issuer is missing; shorter before longer.
   * @param isAnchor whether a certificate is trusted as it stands
   */
  paths(leaf: Certificate, isAnchor: (certificate: Certificate) => boolean): Path[] {
    const found: Path[] = [];
    let steps = 0;
    const visit = (certificates: readonly Certificate[]): void => {
      const top = certificates[certificates.length - 1];
      if (top === undefined || found.length >= maxPaths || ++steps > maxSteps) return;
      if (isAnchor(top)) found.push({ certificates, end: 'anchor' });
      else if (this.isSelfSigned(top)) found.push({ certificates, end: 'self_signed' });
      else if (certificates.length >= maxLength) found.push({ certificates, end: 'too_long' });
      else {
        const issuers = this.issuersOf(top).filter((issuer) => !certificates.includes(issuer));
        if (issuers.length === 0) found.push({ certificates, end: 'missing_issuer' });
        for (const issuer of issuers) visit([...certificates, issuer]);
      }
    };
    visit([leaf]);
    const rank = { anchor: 0, self_signed: 1, missing_issuer: 2, too_long: 3 } as const;
    return found.sort((a, b) => rank[a.end] - rank[b.end] || a.certificates.length - b.certificates.length);
  }
}
