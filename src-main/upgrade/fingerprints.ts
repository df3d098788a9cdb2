import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { kvDigests } from '../openbao/kv-digests.ts';
import type { Run } from '../operations/types.ts';
import { tableDigests } from '../postgres/table-digests.ts';
import { sha256 } from '../tls/certificates.ts';
import { ownerDsn, type ProofContext } from './context.ts';

/** An installation by its fingerprints: each key of OpenBao, each table of the CA, the CA's certificates. No value is in it. */
const schema = z.object({
  keys: z.record(z.string(), z.string()),
  /** Absent: the CA went on working meanwhile. */
  tables: z.record(z.string(), z.string()).optional(),
  authorities: z.array(z.string()),
});
export type Fingerprints = z.infer<typeof schema>;

const stageName = 'fingerprints';

/** Taken while OpenBao and PostgreSQL answer. @param tables the CA does not work, so that they keep still */
export async function takeFingerprints(context: ProofContext, tables: boolean): Promise<Fingerprints> {
  const { paths } = context.services;
  const authorities = await Promise.all(
    [paths.rootCert, paths.intermediateCert].map(async (path) =>
      sha256(new X509Certificate(await readFile(path))),
    ),
  );
  return {
    keys: await kvDigests(context.services.client().kv, 'bootroot'),
    authorities,
    ...(tables ? { tables: await tableDigests(await ownerDsn(context)) } : {}),
  };
}

/** Those of before the operation; undefined: not taken yet. */
export async function readFingerprints(run: Run): Promise<Fingerprints | undefined> {
  const text = await run.stage.read(stageName);
  return text === undefined ? undefined : schema.parse(JSON.parse(text));
}

export const stageFingerprints = async (context: ProofContext, run: Run, tables: boolean): Promise<void> =>
  run.stage.write(stageName, JSON.stringify(await takeFingerprints(context, tables)));
