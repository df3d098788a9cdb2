import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { GeneralName, GeneralSubtree, GeneralSubtrees, NameConstraints } from '@peculiar/asn1-x509';
import { AsnConvert } from '@peculiar/asn1-schema';
import { ConsoleError } from '../../shared/errors.ts';
import { readCertificateFields } from './certificate-fields.ts';
import { cidrBytes, cidrText } from './ip-address.ts';
import { generateKey, type KeyType } from './keys.ts';
import { makeName, publicKeyOf, randomSerial, signingAlgorithm, toSigningKey, x509 } from './signing.ts';

/** A certificate with the key that belongs to it. `sha256` is the lower-case hex fingerprint of the DER. */
export interface Issued {
  readonly pem: string;
  readonly der: Uint8Array;
  readonly sha256: string;
}
export interface Authority extends Issued {
  readonly key: KeyObject;
}

/** What both CA certificates have in common. Times are milliseconds. */
interface AuthorityRequest {
  readonly commonName: string;
  readonly organization?: string;
  readonly keyType: KeyType;
  /** Unix milliseconds. */
  readonly notBefore: number;
  readonly lifetime: number;
  /** How many CAs may follow below this one. */
  readonly pathLength?: number;
  /** DNS suffixes, addresses or CIDR ranges; empty: any name (RFC 5280 4.2.1.10). */
  readonly permittedNames: readonly string[];
  /** A key to use instead of a fresh one, for example when a CA certificate is renewed under its key. */
  readonly key?: KeyObject;
}

/** A root and an intermediate below it. */
export interface HierarchyRequest {
  readonly name: string;
  readonly keyType: KeyType;
  readonly notBefore: number;
  readonly rootLifetime: number;
  readonly intermediateLifetime: number;
  /** CAs that may follow below the intermediate; 0 is usual. */
  readonly pathLength: number;
  readonly permittedNames: readonly string[];
}

const nameConstraintsOid = '2.5.29.30';

/** Critical, as RFC 5280 asks; one subtree per name. */
function nameConstraints(names: readonly string[]): x509.Extension {
  const subtrees = names.map((name) => {
    const range = cidrBytes(name);
    if (range !== undefined) {
      return new GeneralSubtree({ base: new GeneralName({ iPAddress: cidrText(range) }) });
    }
    if (!/^\.?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(name)) {
      throw new ConsoleError('permitted_name_invalid', { name });
    }
    return new GeneralSubtree({ base: new GeneralName({ dNSName: name.toLowerCase() }) });
  });
  const value = new NameConstraints({ permittedSubtrees: new GeneralSubtrees(subtrees) });
  return new x509.Extension(nameConstraintsOid, true, AsnConvert.serialize(value));
}

async function certificateAuthority(request: AuthorityRequest, issuer?: Authority): Promise<Authority> {
  const key = request.key ?? (await generateKey(request.keyType));
  const publicKey = publicKeyOf(key);
  const subjectKey = await x509.SubjectKeyIdentifierExtension.create(publicKey);
  const usages = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  const extensions = [
    new x509.BasicConstraintsExtension(true, request.pathLength, true),
    new x509.KeyUsagesExtension(usages, true),
    subjectKey,
    ...(request.permittedNames.length === 0 ? [] : [nameConstraints(request.permittedNames)]),
  ];
  const subject = makeName(request.commonName, request.organization);
  const issued = await sign({
    subject,
    publicKey,
    notBefore: request.notBefore,
    lifetime: request.lifetime,
    extensions,
    issuer: issuer ?? { key, name: subject, keyId: subjectKey.keyId },
  });
  return { ...issued, key };
}

interface SignRequest {
  readonly subject: x509.Name;
  readonly publicKey: x509.PublicKey;
  readonly notBefore: number;
  readonly lifetime: number;
  readonly extensions: readonly x509.Extension[];
  readonly issuer: Authority | { readonly key: KeyObject; readonly name: x509.Name; readonly keyId: string };
}

/** Signs one certificate. Refuses one that would outlive its issuer: a chain is as long-lived as its shortest part. */
async function sign(request: SignRequest): Promise<Issued> {
  const { issuer } = request;
  const notAfter = request.notBefore + request.lifetime;
  let issuerName: x509.Name;
  let issuerKeyId: string | undefined;
  if ('der' in issuer) {
    const fields = readCertificateFields(issuer.der);
    if (notAfter > fields.notAfter) {
      throw new ConsoleError('certificate_outlives_issuer', { issuer: fields.subject, at: fields.notAfter });
    }
    issuerName = new x509.X509Certificate(issuer.der).subjectName;
    issuerKeyId = fields.subjectKeyId;
  } else {
    issuerName = issuer.name;
    issuerKeyId = issuer.keyId;
  }
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: request.subject,
    issuer: issuerName,
    notBefore: new Date(request.notBefore),
    notAfter: new Date(notAfter),
    publicKey: request.publicKey,
    signingKey: await toSigningKey(issuer.key),
    signingAlgorithm: signingAlgorithm(issuer.key),
    extensions: [
      ...request.extensions,
      ...(issuerKeyId === undefined ? [] : [new x509.AuthorityKeyIdentifierExtension(issuerKeyId)]),
    ],
  });
  const der = new Uint8Array(certificate.rawData);
  return {
    der,
    pem: `${certificate.toString('pem').trimEnd()}\n`,
    sha256: readCertificateFields(der).sha256,
  };
}

/** A self-signed root. Its serial is 128 random bits; key usage and basic constraints are critical. */
export function makeRoot(request: AuthorityRequest): Promise<Authority> {
  return certificateAuthority(request);
}

/** An intermediate signed by `issuer`. Throws `certificate_outlives_issuer`. */
export function makeIntermediate(request: AuthorityRequest, issuer: Authority): Promise<Authority> {
  return certificateAuthority(request, issuer);
}

/** Root and intermediate of one name: `<name> Root` and `<name> Intermediate`. */
export async function makeHierarchy(
  request: HierarchyRequest,
): Promise<{ readonly root: Authority; readonly intermediate: Authority }> {
  const common = {
    organization: request.name,
    keyType: request.keyType,
    notBefore: request.notBefore,
    permittedNames: request.permittedNames,
  };
  const root = await makeRoot({
    ...common,
    commonName: `${request.name} Root`,
    lifetime: request.rootLifetime,
    pathLength: request.pathLength + 1,
  });
  const intermediate = await makeIntermediate(
    {
      ...common,
      commonName: `${request.name} Intermediate`,
      lifetime: request.intermediateLifetime,
      pathLength: request.pathLength,
    },
    root,
  );
  return { root, intermediate };
}

/** Takes an authority over from its files, for example one made by `step ca init`. Throws `key_does_not_match`. */
export function openAuthority(der: Uint8Array, key: KeyObject): Authority {
  const fields = readCertificateFields(der);
  const certified = new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' });
  if (!certified.equals(createPublicKey(key).export({ type: 'spki', format: 'der' }))) {
    throw new ConsoleError('key_does_not_match', { subject: fields.subject });
  }
  return { der, key, sha256: fields.sha256, pem: new x509.X509Certificate(der).toString('pem') + '\n' };
}

export type LeafPurpose = 'server' | 'client';

export interface LeafRequest {
  /** DNS names and addresses; the first is also the common name where it fits (64 characters). */
  readonly names: readonly string[];
  /** Private or public key of the holder. */
  readonly key: KeyObject;
  readonly purposes: readonly LeafPurpose[];
  readonly notBefore: number;
  readonly lifetime: number;
}

function subjectAltName(names: readonly string[], critical: boolean): x509.SubjectAlternativeNameExtension {
  const entries = names.map((value) => ({
    type: isIP(value) > 0 ? ('ip' as const) : ('dns' as const),
    value,
  }));
  return new x509.SubjectAlternativeNameExtension(entries, critical);
}

/** A leaf for TLS, signed by `issuer`. Without a name it throws `certificate_without_name`. */
export async function issueLeaf(request: LeafRequest, issuer: Authority): Promise<Issued> {
  const first = request.names[0];
  if (first === undefined) throw new ConsoleError('certificate_without_name');
  const publicKey = publicKeyOf(request.key);
  const purposes = request.purposes.map((purpose) =>
    purpose === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
  );
  const subject = first.length <= 64 ? makeName(first) : new x509.Name([]);
  const rsa = request.key.asymmetricKeyType === 'rsa' ? x509.KeyUsageFlags.keyEncipherment : 0;
  return sign({
    subject,
    publicKey,
    notBefore: request.notBefore,
    lifetime: request.lifetime,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | rsa, true),
      ...(purposes.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(purposes)]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      // RFC 5280 4.2.1.6: critical when the subject is empty.
      subjectAltName(request.names, first.length > 64),
    ],
    issuer,
  });
}
