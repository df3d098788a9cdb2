import { join } from 'node:path';
import type * as z from 'zod';
import type {
  Asn1View,
  CertificateSource,
  certificatesContract,
  Inspection,
} from '../../shared/contract/certificates.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { distDirectory } from '../install/paths.ts';
import type { Service } from '../services/entry.ts';
import { createCertificateReader } from '../x509/certificate-reader.ts';
import { readCertificateFile } from '../x509/inspection.ts';
import { CertificateCatalogue } from './catalogue.ts';
import type { CertificatesDeps, OpenCertificates } from './deps.ts';
import { allowedFile } from './file-access.ts';
import { pageOf } from './page.ts';
import { installationTrust } from './trust.ts';

type Contract = typeof certificatesContract;
type Handler<N extends keyof Contract> = (
  input: z.output<Contract[N]['input']>,
) => Promise<z.output<Contract[N]['output']>>;

/** The three procedures of the certificate viewer. */
export type CertificatesHandlers = { readonly [N in keyof Contract]: Handler<N> };

/** Bytes to show, and the service that a file belongs to. */
interface Opened {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly service?: Service;
}

function decode(name: string, base64: string): Uint8Array {
  const bytes = Buffer.from(base64, 'base64');
  const padding = /={0,2}$/.exec(base64)?.[0].length ?? 0;
  // Buffer skips what is not base64; a file that was damaged on its way must not be judged.
  if (bytes.length !== Math.floor(((base64.length - padding) * 3) / 4))
    throw new ConsoleError('invalid_input', { field: 'source.base64', problem: 'base64' });
  return bytes;
}

function opened(deps: CertificatesDeps): OpenCertificates {
  const { paths } = deps;
  if (paths === undefined) throw new ConsoleError('no_workspace');
  return {
    paths,
    reader: deps.reader,
    now: deps.now,
    services: () => deps.services(),
    evidence: () => deps.evidence(),
  };
}

async function open(source: CertificateSource, deps: CertificatesDeps): Promise<Opened> {
  if ('base64' in source) return { name: source.name, bytes: decode(source.name, source.base64) };
  const workspace = opened(deps);
  const { paths } = workspace;
  const known = await workspace.services();
  const real = await allowedFile(source.path, paths, known);
  const wanted = paths.resolve(source.path);
  const owners = known.filter(({ cert }) => cert === wanted);
  const bytes = await readCertificateFile(real);
  const [service] = owners;
  return { name: source.path, bytes, ...(service === undefined || owners.length > 1 ? {} : { service }) };
}

/**
 * The certificate viewer. Files are read by path only where {@link allowedFile} says, any other file comes as bytes; heavy work
 * is the worker's. No key material leaves: of a private key type and match are told, its structure is refused.
 * @param deps `reader` and `evidence` may be left out: then the worker of this installation reads, and no proofs are shown
 */
export function certificatesHandlers(
  deps: Pick<CertificatesDeps, 'paths' | 'services' | 'now'> &
    Partial<Pick<CertificatesDeps, 'reader' | 'evidence'>>,
): CertificatesHandlers & { close(): Promise<void> } {
  const reader = deps.reader ?? createCertificateReader({ script: join(distDirectory(), 'x509-worker.cjs') });
  const all: CertificatesDeps = {
    // Not copied: the workspace may be opened later.
    get paths() {
      return deps.paths;
    },
    services: () => deps.services(),
    now: () => deps.now(),
    evidence: async () => (await deps.evidence?.()) ?? new Map(),
    reader,
  };
  const catalogue = new CertificateCatalogue();

  const inspect = async ({
    source,
    password,
    focus,
  }: z.output<Contract['certificates.inspect']['input']>): Promise<Inspection> => {
    const { name, bytes, service } = await open(source, all);
    return reader.inspect(bytes, {
      name,
      now: all.now(),
      trust: await installationTrust(all.paths, reader),
      ...(password === undefined ? {} : { password }),
      ...(focus === undefined ? {} : { focus }),
      ...(service === undefined ? {} : { wantedName: service.identity }),
    });
  };

  const asn1 = async ({
    source,
    password,
    item,
    from,
  }: z.output<Contract['certificates.asn1']['input']>): Promise<Asn1View> => {
    const { bytes } = await open(source, all);
    return reader.asn1(bytes, item, from, password);
  };

  return {
    'certificates.list': async (query) => {
      const { rows, failed, at } = await catalogue.read(opened(all));
      return { total: rows.length, failed: [...failed], at, ...pageOf(rows, query) };
    },
    'certificates.inspect': inspect,
    'certificates.asn1': asn1,
    close: () => reader.close(),
  };
}
