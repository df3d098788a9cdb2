import type { X509Certificate } from 'node:crypto';
import { parseBundle } from '../issuance/set-files.ts';
import type { TlsClient } from '../tls/client.ts';
import { httpRequest } from '../tls/http-request.ts';
import { readCertificate, type Certificate } from '../x509/certificate-fields.ts';
import { readRevocationList, revokedEntries } from '../x509/revocation-list.ts';
import { verifySignature } from '../x509/signature.ts';

/** A list is asked for again after so long, however long it holds itself: a revocation should be seen soon. */
const againMs = 15 * 60_000;
/** A CA that keeps no list is asked seldom. */
const absentMs = 6 * 3_600_000;
const mostBytes = 16 * 1024 * 1024;
const mostLists = 16;

interface Held {
  readonly der?: Buffer;
  readonly askAgain: number;
}

export interface RevocationQuestion {
  /** The CA's ACME directory; step-ca keeps its list beside it. */
  readonly server: string;
  /** PEM; who may have signed the list: the CA certificates that are trusted. */
  readonly bundlePem: string;
  readonly tls?: TlsClient;
  readonly signal: AbortSignal;
}

/** Where a leaf's list is: where the leaf says, else where step-ca has it when its `crl` is enabled. */
function addressOf({ fields }: Certificate, server: string): string {
  return fields.crls.find((url) => /^https?:/i.test(url)) ?? new URL('/1.0/crl', server).href;
}

/** Serial numbers are long and random: the bytes of one are in a list only when it is there, or by a chance that the entries then settle. */
function mentions(der: Buffer, leaf: X509Certificate): boolean {
  const even = leaf.serialNumber.length % 2 === 0 ? leaf.serialNumber : `0${leaf.serialNumber}`;
  return der.includes(Buffer.from(even, 'hex'));
}

/**
 * Whether CAs have revoked certificates, by their CRLs (RFC 5280 chapter 5). A list counts when a trusted CA certificate of its issuer's
 * name has signed it, also after its next update is due: what was revoked stays revoked.
 */
export class RevocationLists {
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();

  /** @param now Unix milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** False also when there is no list or nobody answers: the other reasons still hold or do not. */
  async revoked(leaf: X509Certificate, question: RevocationQuestion): Promise<boolean> {
    try {
      const certificate = readCertificate(leaf.raw);
      const der = await this.#list(addressOf(certificate, question.server), question);
      if (der === undefined || !mentions(der, leaf)) return false;
      const list = readRevocationList(der);
      const signer = parseBundle(question.bundlePem)
        .map((member) => readCertificate(member.raw))
        .find(
          ({ subjectRaw, spki }) =>
            Buffer.from(subjectRaw).equals(list.issuerRaw) &&
            Buffer.from(subjectRaw).equals(certificate.issuerRaw) &&
            verifySignature(list.signed, list.algorithm, list.signature, spki),
        );
      if (signer === undefined) return false;
      for (const { serial } of revokedEntries(list)) if (serial === certificate.fields.serial) return true;
      return false;
    } catch {
      return false;
    }
  }

  async #list(url: string, { tls, signal }: RevocationQuestion): Promise<Buffer | undefined> {
    const known = this.#held.get(url);
    if (known !== undefined && this.#now() < known.askAgain) return known.der;
    const answer = await httpRequest({
      url,
      maxBytes: mostBytes,
      signal,
      ...(tls === undefined ? {} : { tls }),
    }).catch(() => undefined);
    if (this.#held.size >= mostLists) this.#held.clear();
    const fresh = answer?.status === 200 ? answer.body : undefined;
    const absent = answer !== undefined && answer.status >= 400 && answer.status < 500;
    const der = fresh ?? known?.der;
    this.#held.set(url, {
      askAgain: this.#now() + (absent ? absentMs : againMs),
      ...(der === undefined ? {} : { der }),
    });
    return der;
  }
}
