import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Effect } from '../../../shared/contract/operations.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { replaceContainerFile } from '../../docker/container-files.ts';
import { pause } from '../../operations/pause.ts';
import type { Run, Step } from '../../operations/types.ts';
import { withConnection } from '../../postgres/connection.ts';
import { leafOf, makePair, type PairText } from '../../rotation/infra-tls/pair.ts';
import { readBundle, sha256 } from '../../tls/certificates.ts';
import { handshake, type HandshakeResult } from '../../tls/handshake.ts';
import { postgresHandshake } from '../../tls/postgres-start.ts';
import type { ComposeTopology } from '../../topology/compose/compose-topology.ts';
import { postgresPlace } from '../../topology/compose/postgres-place.ts';
import { serverTitles } from '../../topology/server-id.ts';
import {
  ensureDirectory,
  readTextFile,
  readTextFileIfPresent,
  removeFile,
  writeFileAtomic,
} from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { makeHierarchy, openAuthority, type Authority } from '../../x509/authority.ts';
import { decryptKey } from '../../x509/keys.ts';
import { storedPassword } from '../local/ca-step.ts';
import type { SetupContext } from '../local/context.ts';
import { adminDsn } from '../local/database-steps.ts';
import { trustOf } from '../local/trust-step.ts';

type Secured = 'openbao' | 'postgres';

const host = '127.0.0.1';
const day = 24 * 3600 * 1000;
/** How long a server may take to show its certificate after the signal, milliseconds. */
const patienceMs = 15_000;

const namesFor = ({ topology }: SetupContext, id: Secured): readonly string[] => [
  ...topology.inside.names[id],
  host,
];

async function writePair(paths: WorkspacePaths, { cert, key }: PairText): Promise<void> {
  // The directory is mounted, and no secret but the key is in it.
  await ensureDirectory(dirname(paths.openbaoTls('server.key')), { mode: 0o755 });
  await writeFileAtomic(paths.openbaoTls('server.key'), key, { mode: 0o600 });
  await writeFileAtomic(paths.openbaoTls('server.crt'), cert, { mode: 0o644 });
}

const there = async (path: string): Promise<boolean> => (await readTextFileIfPresent(path)) !== undefined;

/**
 * OpenBao serves TLS from its first start on, before there is a CA: by a certificate of an authority that is made for it and whose keys
 * are forgotten at once. A listener that is switched to TLS later would need a restart, which seals (failure mode C5).
 */
export function firstCertificateStep(context: SetupContext): Step {
  const { paths } = context;
  const files = [paths.openbaoTls('server.key'), paths.openbaoTls('server.crt'), paths.bundle];
  const modes = ['0600', '0644', '0644'];
  return {
    id: 'first-certificate',
    title: message('setup.compose.step.first_certificate'),
    effects: files.map((path, index): Effect => ({
      kind: 'file',
      path,
      action: 'create',
      mode: modes[index] ?? '',
    })),
    check: async () => (await Promise.all(files.map(there))).every(Boolean),
    async apply() {
      const notBefore = context.now() - 5 * 60_000;
      const { root, intermediate } = await makeHierarchy({
        name: 'Bootroot set-up',
        keyType: 'ec-p256',
        notBefore,
        rootLifetime: 30 * day,
        intermediateLifetime: 29 * day,
        pathLength: 0,
        permittedNames: [],
      });
      await writePair(
        paths,
        await makePair(intermediate, namesFor(context, 'openbao'), 'ec-p256', context.now()),
      );
      await writeFileAtomic(paths.bundle, root.pem, { mode: 0o644 });
      await context.trustAgain();
    },
    async undo() {
      for (const path of [...files].reverse()) await removeFile(path);
    },
  };
}

/** The intermediate of this set-up with its key. */
async function issuerOf(context: SetupContext, run: Run): Promise<Authority> {
  const { paths } = context;
  const password = await storedPassword(context, run);
  if (password === undefined) throw new ConsoleError('infra_tls_no_ca', { path: paths.intermediateKey });
  const der = new X509Certificate(await readFile(paths.intermediateCert)).raw;
  return openAuthority(der, decryptKey(await readTextFile(paths.intermediateKey), password));
}

/** What a server shows to somebody who trusts nothing but the CA that was made. */
async function servedNow(context: SetupContext, id: Secured): Promise<HandshakeResult | undefined> {
  const ca = await readTextFileIfPresent(context.paths.rootCert);
  if (ca === undefined) return undefined;
  const port = context.ports.now[id];
  const request = { host, port, servername: host, ca, timeoutMs: 5_000 };
  return id === 'postgres' ? postgresHandshake(request) : handshake(request);
}

async function untilServed(context: SetupContext, id: Secured, run: Run): Promise<void> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const seen = await servedNow(context, id);
    if (seen?.ok === true && seen.served !== undefined) {
      const { notAfter, sha256: fingerprint } = seen.served;
      run.prove({
        title: message('infra_tls.proof.served', { name: serverTitles[id] }),
        outcome: 'proved',
        evidence: message('infra_tls.evidence.served', {
          fingerprint: fingerprint.slice(0, 16),
          until: notAfter,
        }),
      });
      return;
    }
    if (Date.now() > end)
      throw new ConsoleError('compose_tls_not_served', {
        name: serverTitles[id],
        reason: seen?.refusedReason ?? 'old',
      });
    await pause(200, run.signal);
  }
}

/** A pair of the installation's own CA; after a crash the same one. */
const pairFor = async (context: SetupContext, id: Secured, run: Run): Promise<PairText> =>
  JSON.parse(
    await run.stage.once(`pair-${id}`, async () =>
      JSON.stringify(
        await makePair(await issuerOf(context, run), namesFor(context, id), 'ec-p256', context.now()),
      ),
    ),
  ) as PairText;

/** From the certificate of its first start to one of the CA, by a signal; trusted are both until it serves the new one. */
export function openbaoCertificateStep(context: SetupContext): Step {
  const { paths, topology } = context;
  return {
    id: 'certificate-openbao',
    title: message('setup.compose.step.certificate', { server: serverTitles.openbao }),
    effects: [
      { kind: 'certificate', subject: 'CN=openbao', names: [...namesFor(context, 'openbao')] },
      { kind: 'file', path: paths.openbaoTls('server.crt'), action: 'change', mode: '0644' },
      { kind: 'file', path: paths.openbaoTls('server.key'), action: 'change', mode: '0600' },
      { kind: 'file', path: paths.infraBundle, action: 'create', mode: '0644' },
      {
        kind: 'process',
        name: serverTitles.openbao,
        action: 'reload',
        note: message('infra_tls.note.reload'),
      },
    ],
    async check() {
      const seen = await servedNow(context, 'openbao');
      return seen?.ok === true && (await there(paths.infraBundle));
    },
    async apply(run) {
      const pair = await pairFor(context, 'openbao', run);
      const { ca_bundle_pem: own } = await trustOf(paths);
      const before = readBundle((await readTextFileIfPresent(paths.bundle)) ?? '');
      const both = new Map([...before, ...readBundle(own)].map((one) => [sha256(one), one.toString()]));
      await writeFileAtomic(paths.bundle, [...both.values()].join(''), { mode: 0o644 });
      await writeFileAtomic(paths.infraBundle, own, { mode: 0o644 });
      await context.trustAgain();
      await writePair(paths, pair);
      await topology.reloadServer('openbao');
      await untilServed(context, 'openbao', run);
      if ((await context.openbao.sealStatus()).sealed) throw new ConsoleError('infra_tls_sealed');
      run.changed('leaf openbao', undefined, sha256(leafOf(pair)));
      await writeFileAtomic(paths.bundle, own, { mode: 0o644 });
      await context.trustAgain();
    },
    async undo() {
      await removeFile(paths.infraBundle);
    },
  };
}

/** PostgreSQL reads its pair, and that it shall serve TLS, again by a signal. */
export function postgresCertificateStep(context: SetupContext, topology: ComposeTopology): Step {
  return {
    id: 'certificate-postgres',
    title: message('setup.compose.step.certificate', { server: serverTitles.postgres }),
    effects: [
      { kind: 'certificate', subject: 'CN=postgres', names: [...namesFor(context, 'postgres')] },
      {
        kind: 'process',
        name: serverTitles.postgres,
        action: 'reload',
        note: message('infra_tls.note.reload'),
      },
    ],
    check: async () => (await servedNow(context, 'postgres'))?.ok === true,
    async apply(run) {
      const { data, ...place } = postgresPlace(await topology.requireLayout());
      const pair = await pairFor(context, 'postgres', run);
      await replaceContainerFile(topology.engine, place, `${data}/server.key`, pair.key);
      await replaceContainerFile(topology.engine, place, `${data}/server.crt`, pair.cert);
      await withConnection(await adminDsn(context, run), async (admin) => {
        await admin.run('ALTER SYSTEM SET ssl = on');
        await admin.run('SELECT pg_reload_conf()');
      });
      await untilServed(context, 'postgres', run);
      run.changed('leaf postgres', undefined, sha256(leafOf(pair)));
    },
    // The volume is the set-up's own; taking back the step before removes it.
    undo: async () => undefined,
  };
}
