import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { query } from './procedure.ts';

/** Largest file that the viewer reads, bytes. */
export const maxCertificateFileBytes = 10 * 1024 * 1024;

/** Lower-case hex without separators. */
const hex = z.string();
/** Unix milliseconds. */
const time = z.number();

export const certificateNameSchema = z.object({
  kind: z.enum(['dns', 'ip', 'uri', 'email', 'directory', 'registeredId', 'other']),
  value: z.string(),
});
export type CertificateName = z.infer<typeof certificateNameSchema>;

/**
 * Something wrong or worth knowing, in words, with the field it comes from: `validity`, `names`, `key`, `signature`, `serial`,
 * `chain`, `usages`, `purposes`, `extension:<oid>` or `file`. A click goes to the field.
 */
export const certificateProblemSchema = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning', 'notice']),
  field: z.string(),
  message: messageSchema,
});
export type CertificateProblem = z.infer<typeof certificateProblemSchema>;

export const certificateKeySchema = z.object({
  /** `RSA`, `EC`, `Ed25519`, … */
  algorithm: z.string(),
  /** 0: not known. */
  bits: z.number().int(),
  curve: z.string().optional(),
  exponent: z.number().optional(),
  /** As people say it: `EC P-256`. */
  label: z.string(),
});

/** One certificate of a chain. `from`: the file itself, or a trust store given to the inspection. */
export const chainNodeSchema = z.object({
  sha256: hex,
  title: z.string(),
  subject: z.string(),
  subjectKeyId: hex.optional(),
  authorityKeyId: hex.optional(),
  notAfter: time,
  ca: z.boolean(),
  selfSigned: z.boolean(),
  from: z.enum(['file', 'trust']),
  /** Names of the trust stores in which this certificate is an anchor. */
  trustedBy: z.array(z.string()),
});
export type ChainNode = z.infer<typeof chainNodeSchema>;

/** From the certificate up. `end` says how far it goes; `missing` names the issuer that is not at hand. */
export const chainPathSchema = z.object({
  nodes: z.array(chainNodeSchema),
  end: z.enum(['anchor', 'self_signed', 'missing_issuer', 'too_long']),
  missing: z.object({ issuer: z.string(), authorityKeyId: hex.optional() }).optional(),
});
export type ChainPath = z.infer<typeof chainPathSchema>;

/** Would a peer that trusts `by` accept the certificate for `purpose`, and why. */
export const verdictSchema = z.object({
  /** Name of the trust store, or of the file's own root. */
  by: z.string(),
  /** False: the file's own root, trusted by nobody that the console knows. */
  known: z.boolean(),
  purpose: z.enum(['server', 'client']),
  accepted: z.boolean(),
  because: messageSchema,
});
export type Verdict = z.infer<typeof verdictSchema>;

export const extensionViewSchema = z.object({
  oid: z.string(),
  /** Absent: not known to the console, see `raw`. */
  name: messageSchema.optional(),
  critical: z.boolean(),
  bytes: z.number().int(),
  /** What it says, in words or as a value. */
  lines: z.array(z.union([messageSchema, z.string()])),
  /** Hex of the first 2 KiB, of unknown or unreadable extensions. */
  raw: hex.optional(),
});
export type ExtensionView = z.infer<typeof extensionViewSchema>;

const nameAttributeSchema = z.object({ oid: z.string(), type: z.string(), value: z.string() });

/** One row for each distinct certificate of a file, also of those beyond the ones shown in full. */
export const certificateEntrySchema = z.object({
  /** Index for `certificates.asn1`. */
  item: z.number().int(),
  sha256: hex,
  title: z.string(),
  issuer: z.string(),
  notBefore: time,
  notAfter: time,
  ca: z.boolean(),
  /** How often the file holds it. */
  copies: z.number().int(),
});
export type CertificateEntry = z.infer<typeof certificateEntrySchema>;

export const certificateViewSchema = z.object({
  item: z.number().int(),
  copies: z.number().int(),
  /** The parts of the card that reads like a sentence. */
  sentence: z.object({
    /** Common name, else the first name, else the whole subject. */
    title: z.string(),
    names: z.array(z.string()),
    issuer: z.string(),
    selfSigned: z.boolean(),
    ca: z.boolean(),
    state: z.enum(['valid', 'near_expiry', 'expired', 'not_yet_valid']),
    /** Milliseconds until not-after; negative: since. */
    remaining: z.number(),
    purposes: z.array(messageSchema),
  }),
  validity: z.object({
    notBefore: time,
    notAfter: time,
    now: time,
    /** When renewal is due. */
    renewAt: time,
    /** The issuer that ends first. */
    horizon: z.object({ at: time, subject: z.string() }).optional(),
  }),
  /** The best path first, alternatives after it. */
  paths: z.array(chainPathSchema),
  verdicts: z.array(verdictSchema),
  problems: z.array(certificateProblemSchema),
  names: z.array(certificateNameSchema),
  /** Names beyond the first 500. */
  moreNames: z.number().int(),
  key: certificateKeySchema,
  usages: z.array(messageSchema),
  purposes: z.array(messageSchema),
  identifiers: z.object({
    subject: z.string(),
    subjectAttributes: z.array(nameAttributeSchema),
    issuer: z.string(),
    issuerAttributes: z.array(nameAttributeSchema),
    serial: hex,
    version: z.number().int(),
    signatureAlgorithm: z.string(),
    subjectKeyId: hex.optional(),
    authorityKeyId: hex.optional(),
  }),
  fingerprints: z.object({ sha256: hex, sha1: hex, spkiSha256: hex }),
  extensions: z.array(extensionViewSchema),
  pem: z.string(),
});
export type CertificateView = z.infer<typeof certificateViewSchema>;

export const requestViewSchema = z.object({
  item: z.number().int(),
  title: z.string(),
  subject: z.string(),
  names: z.array(certificateNameSchema),
  key: certificateKeySchema,
  spkiSha256: hex,
  signatureAlgorithm: z.string(),
  /** The holder proved to own the key. */
  signatureValid: z.boolean(),
  usages: z.array(messageSchema),
  purposes: z.array(messageSchema),
  /** Certificates of the file with the same key. */
  matches: z.array(hex),
  problems: z.array(certificateProblemSchema),
  pem: z.string(),
});
export type RequestView = z.infer<typeof requestViewSchema>;

export const crlViewSchema = z.object({
  item: z.number().int(),
  issuer: z.string(),
  thisUpdate: time,
  nextUpdate: time.optional(),
  number: hex.optional(),
  signatureAlgorithm: z.string(),
  authorityKeyId: hex.optional(),
  /** By a certificate of the file or of a trust store; `unknown`: the issuer is not at hand. */
  signature: z.enum(['valid', 'invalid', 'unknown']),
  revoked: z.number().int(),
  /** The first 1,000. */
  entries: z.array(z.object({ serial: hex, at: time, reason: messageSchema.optional() })),
  problems: z.array(certificateProblemSchema),
});
export type CrlView = z.infer<typeof crlViewSchema>;

/** Type and match only: nothing of the key itself. */
export const privateKeyViewSchema = z.object({
  item: z.number().int(),
  format: z.enum(['pkcs1', 'sec1', 'pkcs8', 'openssh', 'pem']),
  encrypted: z.boolean(),
  /** False: a password is needed to say more. */
  opened: z.boolean(),
  key: certificateKeySchema.optional(),
  spkiSha256: hex.optional(),
  /** Certificates of the file with the same key. */
  matches: z.array(hex),
});
export type PrivateKeyView = z.infer<typeof privateKeyViewSchema>;

export const inspectionSchema = z.object({
  name: z.string(),
  bytes: z.number().int(),
  container: z.enum(['pem', 'der', 'pkcs7', 'pkcs12']),
  /** When it was judged. */
  at: time,
  /** `needed`: a part is encrypted; ask for it and inspect again. */
  password: z.enum(['not_needed', 'needed', 'used']),
  /** Certificates in the file, copies included. */
  total: z.number().int(),
  /** The first ones in full, the one in focus among them: leaf first. */
  certificates: z.array(certificateViewSchema),
  /** Every distinct one, at most 2,000. */
  entries: z.array(certificateEntrySchema),
  requests: z.array(requestViewSchema),
  crls: z.array(crlViewSchema),
  privateKeys: z.array(privateKeyViewSchema),
  /** Blocks of other kinds, by label. */
  others: z.array(z.object({ item: z.number().int(), label: z.string(), bytes: z.number().int() })),
  /** Of the file as a whole: order, duplicates, junk, blocks that could not be read. */
  problems: z.array(certificateProblemSchema),
});
export type Inspection = z.infer<typeof inspectionSchema>;

/** One element of a DER structure, in the order of the file. Offsets are bytes from its start. */
export const asn1NodeSchema = z.object({
  offset: z.number().int(),
  depth: z.number().int(),
  headerLength: z.number().int(),
  length: z.number().int(),
  /** `SEQUENCE`, `[0]`, `UTF8String`, … */
  tag: z.string(),
  constructed: z.boolean(),
  /** Name of an object identifier. */
  name: z.string().optional(),
  /** Value in short: text, number, identifier, time, or the first octets as hex. */
  preview: z.string(),
});
export type Asn1Node = z.infer<typeof asn1NodeSchema>;

export const asn1ViewSchema = z.object({
  bytes: z.number().int(),
  nodes: z.array(asn1NodeSchema),
  /** Offset to go on from, absent at the end. */
  next: z.number().int().optional(),
  /** Base64 of the bytes that `nodes` cover, at most 64 KiB, from `hexFrom` on. */
  hexFrom: z.number().int(),
  hexBase64: z.string(),
});
export type Asn1View = z.infer<typeof asn1ViewSchema>;

/** A file by path (below the work directory, or one the operator opened), or the bytes of a dropped one. */
const source = z.union([
  z.object({ path: z.string().min(1).max(4096) }),
  z.object({
    name: z.string().max(300),
    base64: z.string().max(Math.ceil(maxCertificateFileBytes / 3) * 4 + 4),
  }),
]);
export type CertificateSource = z.infer<typeof source>;

const password = z.string().max(1000).optional();

export const certificateStates = ['valid', 'near_expiry', 'expired', 'not_yet_valid'] as const;
export const certificateKinds = ['leaf', 'intermediate', 'root'] as const;

/** One certificate that the console knows of: a file of the installation, and what was proved of it. */
export const certificateListItemSchema = z.object({
  path: z.string(),
  sha256: hex,
  title: z.string(),
  names: z.array(z.string()),
  issuer: z.string(),
  serial: hex,
  kind: z.enum(certificateKinds),
  key: z.string(),
  notBefore: time,
  notAfter: time,
  renewAt: time,
  state: z.enum(certificateStates),
  problems: z.object({ errors: z.number().int(), warnings: z.number().int() }),
  /** The service whose files it is of. */
  service: z.object({ id: z.string(), name: z.string() }).optional(),
  /** Highest rung of the evidence ladder that is proved, and when. */
  evidence: z.object({ rung: z.string(), outcome: z.string(), at: time.optional() }).optional(),
});
export type CertificateListItem = z.infer<typeof certificateListItemSchema>;

/** Of each facet any of the values; a facet that is not given leaves all. */
export const certificateFiltersSchema = z.object({
  state: z.array(z.enum(certificateStates)).max(4).optional(),
  kind: z.array(z.enum(certificateKinds)).max(3).optional(),
  problems: z
    .array(z.enum(['some', 'none']))
    .max(2)
    .optional(),
});
export type CertificateFilters = z.infer<typeof certificateFiltersSchema>;

export const certificatesContract = {
  'certificates.list': query(
    z.object({
      search: z.string().max(200).default(''),
      filters: certificateFiltersSchema.default({}),
      sort: z.enum(['expiry', 'name', 'issuer', 'service']).default('expiry'),
      descending: z.boolean().default(false),
      /** From the previous answer; absent: from the start. */
      cursor: z.string().max(200).optional(),
      limit: z.number().int().min(1).max(500).default(200),
    }),
    z.object({
      total: z.number().int(),
      matching: z.number().int(),
      items: z.array(certificateListItemSchema),
      cursor: z.string().optional(),
      /** Files that could not be read. */
      failed: z.array(z.object({ path: z.string(), message: messageSchema })),
      at: time,
    }),
  ),
  /** Everything about a file. A private key is named by type and match only; the password is used and forgotten. */
  'certificates.inspect': query(
    z.object({
      source,
      password,
      /** Fingerprint of the certificate to show in full. */
      focus: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional(),
    }),
    inspectionSchema,
  ),
  /** The raw structure of one item, a page at a time. Refused for private keys. */
  'certificates.asn1': query(
    z.object({
      source,
      password,
      item: z.number().int().min(0).max(100_000),
      from: z.number().int().min(0).default(0),
    }),
    asn1ViewSchema,
  ),
};
