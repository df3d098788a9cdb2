import type { KeyObject, X509Certificate } from 'node:crypto';
import { parseBundle, parseKey, parseLeaf, dnsNames, type ServiceFiles } from '../issuance/set-files.ts';
import { sha256 } from '../tls/certificates.ts';
import { reachesPin } from '../tls/pins.ts';
import type { KeyType } from '../x509/keys.ts';

/** Why a certificate is renewed; any of them is enough. */
export const renewalReasons = [
  'missing',
  'unreadable',
  'expiry',
  'emergency',
  'renewal_info',
  'revoked',
  'bundle_missing',
  'chain',
  'names',
  'key_missing',
  'key_mismatch',
  'key_policy',
  'forced',
] as const;
export type RenewalReason = (typeof renewalReasons)[number];

export interface RenewalFacts {
  readonly files: ServiceFiles;
  readonly identity: string;
  /** SHA-256 of pinned CA certificates; empty when the profile has no trust of its own, and the chain is not judged. */
  readonly pins: readonly string[];
  readonly keyType?: KeyType;
  readonly renewBeforeMs: number;
  /** When the CA's advice (RFC 9773) says to renew, Unix milliseconds. */
  readonly advisedAt?: number;
  /** The CA's own list says that this leaf is revoked. */
  readonly revoked?: boolean;
  readonly forced: boolean;
  /** Unix milliseconds. */
  readonly now: number;
}

/** The last twentieth of its life: a certificate that is still not renewed then is urgent. */
const emergencyShare = 20;

/**
 * How long before its end a certificate is renewed. The older default of 720h is longer than the 24h that step-ca gives: taken
 * literally it would order at every check, so a window that covers the whole life becomes its last third.
 */
export function renewalWindowMs(leaf: X509Certificate, renewBeforeMs: number): number {
  const lifetime = Date.parse(leaf.validTo) - Date.parse(leaf.validFrom);
  return renewBeforeMs < lifetime ? renewBeforeMs : Math.floor(lifetime / 3);
}

/** The key's type in the words of a profile; undefined for one the console does not make. */
export function keyTypeOf(key: KeyObject): KeyType | undefined {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return 'ed25519';
    case 'ec':
      return namedCurve === 'prime256v1' ? 'ec-p256' : namedCurve === 'secp384r1' ? 'ec-p384' : undefined;
    case 'rsa':
      return modulusLength === 2048
        ? 'rsa-2048'
        : modulusLength === 3072
          ? 'rsa-3072'
          : modulusLength === 4096
            ? 'rsa-4096'
            : undefined;
    default:
      return undefined;
  }
}

function timeReasons(leaf: X509Certificate, facts: RenewalFacts): RenewalReason[] {
  const end = Date.parse(leaf.validTo);
  const left = end - facts.now;
  const lifetime = end - Date.parse(leaf.validFrom);
  return [
    ...(left <= renewalWindowMs(leaf, facts.renewBeforeMs) ? (['expiry'] as const) : []),
    ...(left <= lifetime / emergencyShare ? (['emergency'] as const) : []),
    ...(facts.advisedAt !== undefined && facts.advisedAt <= facts.now ? (['renewal_info'] as const) : []),
  ];
}

/** By real signatures from the leaf to a pinned certificate that the bundle still holds; names of CAs prove nothing (C2, C3). */
function chainReasons(leaf: X509Certificate, facts: RenewalFacts): RenewalReason[] {
  if (facts.pins.length === 0) return [];
  const pins = new Set(facts.pins);
  const bundle = parseBundle(facts.files.bundlePem ?? '').filter((member) => pins.has(sha256(member)));
  if (bundle.length === 0) return ['bundle_missing'];
  return reachesPin(leaf, bundle, pins, facts.now) ? [] : ['chain'];
}

function keyReasons(leaf: X509Certificate, facts: RenewalFacts): RenewalReason[] {
  const policy: RenewalReason[] =
    facts.keyType !== undefined && keyTypeOf(leaf.publicKey) !== facts.keyType ? ['key_policy'] : [];
  if (facts.files.keyPem === undefined) return ['key_missing', ...policy];
  const key = parseKey(facts.files.keyPem);
  return key !== undefined && leaf.checkPrivateKey(key) ? policy : ['key_mismatch', ...policy];
}

/** All reasons that hold, never by expiry alone (C3). Empty: the certificate stays. Reads nothing and changes nothing. */
export function reasonsToRenew(facts: RenewalFacts): readonly RenewalReason[] {
  const forced: RenewalReason[] = facts.forced ? ['forced'] : [];
  if (facts.files.certPem === undefined) return ['missing', ...forced];
  const leaf = parseLeaf(facts.files.certPem);
  if (leaf === undefined) return ['unreadable', ...forced];
  const names = dnsNames(leaf);
  const wrongNames = names.length !== 1 || names[0]?.toLowerCase() !== facts.identity.toLowerCase();
  return [
    ...timeReasons(leaf, facts),
    ...(facts.revoked === true ? (['revoked'] as const) : []),
    ...chainReasons(leaf, facts),
    ...(wrongNames ? (['names'] as const) : []),
    ...keyReasons(leaf, facts),
    ...forced,
  ];
}
