import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Asn1View, Inspection } from '../../shared/contract/certificates.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { asn1Page } from './asn1-tree.ts';
import { bundleProblems } from './bundle-problems.ts';
import { readCertificate, type Certificate } from './certificate-fields.ts';
import { certificateEntry, certificateView, keyView, type ViewContext } from './certificate-view.ts';
import { ChainBuilder } from './chain.ts';
import { crlView, judgeCrl } from './crl-view.ts';
import { checkInputSize, readInput, type InputItem, type ParsedInput } from './input.ts';
import { requestView } from './request-view.ts';
import type { RevocationList } from './revocation-list.ts';
import type { TrustStore } from './verdicts.ts';

/** Certificates shown in full unless told otherwise, and rows of the list of all. */
export const shownInFull = 12;
const shownEntries = 2000;

/** What an inspection is held against. Plain data, so that it can go to a worker. */
export interface InspectionOptions {
  /** File name for the operator. */
  readonly name: string;
  /** Unix milliseconds. */
  readonly now: number;
  readonly password?: string;
  /** SHA-256 of the certificate to show in full. */
  readonly focus?: string;
  /** How many certificates are shown in full, {@link shownInFull} unless told. */
  readonly full?: number;
  readonly trust: readonly TrustStore[];
  /** The installation's renewal setting, milliseconds before not-after; absent: a third of the life. */
  readonly renewBefore?: number;
  /** A name that peers verify: the certificate must be for it. */
  readonly wantedName?: string;
}

type CertificateItem = Extract<InputItem, { kind: 'certificate' }> & { readonly index: number };

/** Those to show in full: the one in focus first, then leaves, then the order of the file. */
function chosen(
  items: readonly CertificateItem[],
  { focus, full = shownInFull }: InspectionOptions,
): CertificateItem[] {
  const rank = ({ certificate: { fields } }: CertificateItem): number =>
    fields.sha256 === focus ? 0 : fields.ca === true ? 2 : 1;
  return [...items].sort((a, b) => rank(a) - rank(b) || a.index - b.index).slice(0, full);
}

function readTrust(trust: readonly TrustStore[]): {
  all: Certificate[];
  anchorsBy: Map<string, Set<string>>;
} {
  const all: Certificate[] = [];
  const anchorsBy = new Map<string, Set<string>>();
  for (const { name, certificates } of trust) {
    const read = certificates.map(readCertificate);
    all.push(...read);
    const builder = new ChainBuilder(read);
    const anchors = read.filter((certificate) => builder.isSelfSigned(certificate));
    anchorsBy.set(name, new Set(anchors.map(({ fields }) => fields.sha256)));
  }
  return { all, anchorsBy };
}

/** By name and, where both carry one, by key identifier: CAs of one name number their certificates independently. */
const covers = (crl: RevocationList, { issuerRaw, fields: { authorityKeyId } }: Certificate): boolean =>
  Buffer.compare(crl.issuerRaw, issuerRaw) === 0 &&
  (crl.authorityKeyId === undefined || authorityKeyId === undefined || crl.authorityKeyId === authorityKeyId);

function present(input: ParsedInput, options: InspectionOptions): Inspection {
  const { now } = options;
  const items = input.items.map((item, index) => ({ ...item, index }));
  const certificateItems = items.filter((item): item is CertificateItem => item.kind === 'certificate');
  const certificates = certificateItems.map(({ certificate }) => certificate);
  const { all, anchorsBy } = readTrust(options.trust);
  const builder = new ChainBuilder([...certificates, ...all]);
  const crls = items.flatMap((item) =>
    item.kind === 'crl' ? [{ item: item.index, judged: judgeCrl(item.crl, [...certificates, ...all]) }] : [],
  );
  const keys = items.flatMap((item) => (item.kind === 'privateKey' ? [item.key.spkiSha256] : []));
  const context: ViewContext = {
    now,
    builder,
    inFile: new Set(certificates.map(({ fields }) => fields.sha256)),
    anchorsBy,
    ...(options.renewBefore === undefined ? {} : { renewBefore: options.renewBefore }),
    ...(options.wantedName === undefined ? {} : { wantedName: options.wantedName }),
    keys: new Set(keys.filter((key) => key !== undefined)),
    revokedAt: (certificate) => {
      const found = crls.filter(({ judged }) => covers(judged.crl, certificate));
      return found
        .map(({ judged }) => judged.revoked.get(certificate.fields.serial))
        .find((at) => at !== undefined);
    },
  };
  const matches = (spkiSha256: string | undefined): string[] =>
    spkiSha256 === undefined
      ? []
      : certificates
          .filter(({ fields }) => fields.spkiSha256 === spkiSha256)
          .map(({ fields }) => fields.sha256);
  const problems = bundleProblems(input, builder);
  const full = chosen(certificateItems, options);
  if (certificates.length > full.length) {
    const text = message('certificates.problem.many', { shown: full.length, count: certificates.length });
    problems.push({ code: 'many', severity: 'notice', field: 'file', message: text });
  }
  return {
    name: options.name,
    bytes: input.bytes,
    container: input.container,
    at: now,
    password: input.password,
    total: input.total,
    certificates: full.map(({ certificate, index, copies }) =>
      certificateView(certificate, index, copies, context),
    ),
    entries: certificateItems
      .slice(0, shownEntries)
      .map(({ certificate, index, copies }) => certificateEntry(certificate, index, copies)),
    requests: items.flatMap((item) =>
      item.kind === 'request' ? [requestView(item.request, item.der, item.index, certificates)] : [],
    ),
    crls: crls.map(({ item, judged }) => crlView(judged, item, now)),
    privateKeys: items.flatMap((item) => {
      if (item.kind !== 'privateKey') return [];
      const { format, encrypted, opened, facts, spkiSha256 } = item.key;
      return [
        {
          item: item.index,
          format,
          encrypted,
          opened,
          ...(facts === undefined ? {} : { key: keyView(facts) }),
          ...(spkiSha256 === undefined ? {} : { spkiSha256 }),
          matches: matches(spkiSha256),
        },
      ];
    }),
    others: items.flatMap((item) =>
      item.kind === 'other' ? [{ item: item.index, label: item.label, bytes: item.der.length }] : [],
    ),
    problems,
  };
}

/**
 * Judges the bytes of a file and makes the view model of it. Errors: those of {@link readInput}, and `der_malformed` for a
 * CRL entry that is broken.
 */
export async function inspectBytes(bytes: Uint8Array, options: InspectionOptions): Promise<Inspection> {
  return present(await readInput(bytes, options.password), options);
}

/**
 * One page of the raw structure of an item of the file. Throws `certificate_item_missing`, `certificate_item_secret` for
 * private keys, and the errors of {@link readInput}.
 */
export async function asn1OfItem(
  bytes: Uint8Array,
  item: number,
  from: number,
  password?: string,
): Promise<Asn1View> {
  const found = (await readInput(bytes, password)).items[item];
  if (found === undefined) throw new ConsoleError('certificate_item_missing', { item });
  if (found.kind === 'privateKey' || (found.kind === 'other' && found.secret)) {
    throw new ConsoleError('certificate_item_secret');
  }
  return asn1Page(found.kind === 'certificate' ? found.certificate.der : found.der, from);
}

/**
 * Reads a file for the viewer. The size is asked of the open file before anything is read, so 100 MB are refused at once.
 * Throws `certificate_input_too_large`, `certificate_input_empty`, `certificate_file_unreadable`.
 */
export async function readCertificateFile(path: string): Promise<Uint8Array> {
  try {
    // Without blocking: opening a named pipe would otherwise wait for somebody to write.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile())
        throw new ConsoleError('certificate_file_unreadable', { path, reason: 'no regular file' });
      checkInputSize(stat.size);
      const bytes = await handle.readFile();
      checkInputSize(bytes.length);
      return new Uint8Array(bytes);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof ConsoleError) throw cause;
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ConsoleError('certificate_file_unreadable', { path, reason }, { cause });
  }
}
