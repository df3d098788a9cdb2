import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { newEcKey } from '../../acme/keys.ts';
import { probePath, type PathProbeResult } from '../../acme/path-probe.ts';
import { issue } from '../../acme/session.ts';
import { keptLeaf, recoverSet, restoreSet } from '../../issuance/certificate-set.ts';
import type { Run, Step } from '../../operations/types.ts';
import { responderClient, type ResponderPort } from '../../responder/client.ts';
import { sha256 } from '../../tls/certificates.ts';
import { ensureDirectory, readTextFileIfPresent, writeFileAtomic } from '../../workspace/atomic.ts';
import { writeRequest } from '../../x509/request-writer.ts';
import { generateKey } from '../../x509/keys.ts';
import type { ServicesContext } from '../context.ts';
import type { Announced } from '../../agent/announce.ts';
import type { Service } from '../entry.ts';
import { installCertificate, previousDirectory, setOf } from '../install.ts';
import { parseLeaf, readServiceFiles } from '../../issuance/set-files.ts';
import { judgeOnDisk } from '../ladder/on-disk.ts';
import { prove } from '../ladder/prove.ts';
import { headline } from '../ladder/rungs.ts';
import { tellOfLeaf, tellOfReturn } from '../post-renew.ts';
import { responderAccess } from '../responder-access.ts';
import { publishedTrust } from '../trust.ts';
import { responderSecret } from './secrets-step.ts';

async function responder(context: ServicesContext): Promise<ResponderPort> {
  return responderClient({
    ...(await responderAccess(context)),
    secret: await responderSecret(context.client()),
  });
}

async function askResponder(context: ServicesContext, run: Run): Promise<void> {
  const token = `bootroot-probe-${randomBytes(16).toString('hex')}`;
  const port = await responder(context);
  await port.present(token, `${token}.probe`, run.signal);
  await port.remove(token, `${token}.probe`, run.signal);
}

/** `service_path_probe`: what fails on the way and what helps, both as keys with their parameters. */
const pathFailure = ({ hop, what, next }: NonNullable<PathProbeResult['failed']>): ConsoleError =>
  new ConsoleError('service_path_probe', {
    ...what.params,
    ...next.params,
    hop,
    because: what.key,
    remedy: next.key,
  });

/** Walks name, address, port, token and key authorization as the CA will, before an order is spent (failure mode C24). */
export function pathStep(context: ServicesContext, service: () => Service): Step {
  return {
    id: 'path',
    title: message('service.step.path'),
    effects: [],
    check: async () => false,
    async apply(run) {
      await context.publishNames?.();
      const { resolver, httpPort, addressesOf } = await context.endpoints();
      const probe = await probePath({
        name: service().identity,
        httpPort,
        responder: await responder(context),
        signal: run.signal,
        ...(resolver === undefined ? {} : { resolver }),
        ...(addressesOf === undefined ? {} : { addressesOf }),
      });
      for (const hop of probe.hops) run.log(hop.message, hop.state === 'failed' ? 'error' : 'info');
      // The responder says best itself why it takes no token: its secret, the clock, nobody there.
      if (probe.failed?.hop === 'admin') await askResponder(context, run);
      if (probe.failed !== undefined) throw pathFailure(probe.failed);
      run.prove({ title: message('service.proof.path'), outcome: 'proved' });
    },
    undo: async () => undefined,
  };
}

/** The account of this service at the CA: one each, because step-ca loses concurrent writes on one account. */
async function accountKey(context: ServicesContext, id: string): Promise<string> {
  const directory = join(context.paths.console, 'acme');
  const path = join(directory, `${id}.key`);
  const kept = await readTextFileIfPresent(path, { maxBytes: 16_384 });
  if (kept !== undefined) return kept;
  const key = newEcKey();
  await ensureDirectory(directory, { mode: 0o700 });
  await writeFileAtomic(path, key, { mode: 0o600 });
  return key;
}

async function eabOf(context: ServicesContext): Promise<{ kid: string; hmac: string } | undefined> {
  const data = (await context.client().kv.read('bootroot/agent/eab'))?.data;
  const kid = data?.['kid'];
  const hmac = data?.['hmac'];
  return typeof kid === 'string' && kid !== '' && typeof hmac === 'string' && hmac !== ''
    ? { kid, hmac }
    : undefined;
}

async function order(context: ServicesContext, service: Service, run: Run): Promise<void> {
  const { directoryUrl } = await context.endpoints();
  const trust = await publishedTrust(context.client());
  const eab = await eabOf(context);
  const key = await generateKey('ec-p256');
  const issued = await issue({
    directoryUrl,
    ca: trust.bundlePem,
    accountKey: await accountKey(context, service.id),
    ...(eab === undefined ? {} : { eab }),
    identifiers: [{ type: 'dns', value: service.identity }],
    csr: writeRequest(key, [service.identity], { commonName: true }).pem,
    responder: await responder(context),
    signal: run.signal,
    onProgress(progress) {
      run.log(progress.message);
      run.progress(progress.fraction);
    },
  });
  const before = await leafOf(service);
  // Before the files, so that after a crash between the two the leaf is known for this operation's own.
  await run.stage.write('issued', fingerprint(issued.leafPem) ?? '');
  const { leaf } = await installCertificate(service, issued, key, trust);
  run.log(
    message('service.log.issued', { until: new Date(leaf.validTo).toISOString(), serial: leaf.serialNumber }),
  );
  if (before !== '') run.log(message('service.log.kept', { path: previousDirectory(service) }));
  run.changed(`leaf ${service.id}`, before === '' ? undefined : before, sha256(leaf));
}

const fingerprint = (pem: string | undefined): string | undefined => {
  const leaf = pem === undefined ? undefined : parseLeaf(pem);
  return leaf === undefined ? undefined : sha256(leaf);
};

/** SHA-256 of the leaf on disk; '' when there is none. */
export async function leafOf(service: Service): Promise<string> {
  return fingerprint(readServiceFiles(service).certPem) ?? '';
}

/**
 * The set as it was before this operation, mended where a crash left half of one. What somebody else put there since (the one kept
 * is then another) stays.
 * @returns whether anything was put back
 */
async function backToBefore(service: Service, run: Run): Promise<boolean> {
  const set = setOf(service);
  await recoverSet(set);
  const before = await run.stage.read('before');
  if (before === undefined || (await leafOf(service)) === before) return false;
  return keptLeaf(set) === before && restoreSet(set);
}

/**
 * Orders with a fresh key and installs the answer. Done is what the disk shows: the leaf that this operation ordered, with
 * its key, for this name, leading to a pin.
 */
export function issueStep(context: ServicesContext, service: () => Service): Step {
  const { cert, key, bundle, identity } = service();
  const file = (path: string, mode: string) => ({ kind: 'file', path, action: 'create', mode }) as const;
  return {
    id: 'issue',
    title: message('service.step.issue'),
    effects: [
      { kind: 'certificate', subject: `CN=${identity}`, names: [identity] },
      file(key, '0600'),
      file(cert, '0644'),
      file(bundle, '0644'),
    ],
    weight: 4,
    async check(run) {
      const wanted = await run.stage.read('issued');
      if (wanted === undefined) return false;
      const files = readServiceFiles({ cert, key, bundle });
      if (fingerprint(files.certPem) !== wanted) return false;
      const { pins } = await publishedTrust(context.client());
      const rung = await judgeOnDisk({
        identity,
        paths: { cert, key, bundle },
        files,
        pins,
        now: context.now(),
      });
      return rung.outcome === 'proved';
    },
    async apply(run) {
      // A second order after a crash keeps what was there before the first.
      await backToBefore(service(), run);
      await run.stage.once('before', () => leafOf(service()));
      await order(context, service(), run);
    },
    async undo(run) {
      const back = await backToBefore(service(), run);
      if (back && (await run.stage.read(told)) !== undefined) await tellOfReturn(context, service(), run);
    },
  };
}

/** Staged once the service was told of the new leaf; `done` when it was seen to serve it. */
const told = 'told';

/**
 * Makes the service read what was issued, by the hooks that its agent would run, and looks whether it is served. A failure brings the
 * set of before back (failure mode C2). Undone with the issuance.
 */
export function tellStep(context: ServicesContext, service: () => Service, announced?: Announced): Step {
  return {
    id: 'tell',
    title: message('service.step.tell'),
    effects: (announced?.onSuccess ?? []).map(({ command, args }) => ({
      kind: 'process',
      name: [command, ...args].join(' ').slice(0, 200),
      action: 'reload',
    })),
    check: async (run) => (await run.stage.read(told)) === 'done',
    async apply(run) {
      await run.stage.write(told, 'begun');
      if (await tellOfLeaf(context, service(), run))
        run.prove({ title: message('service.proof.told'), outcome: 'proved' });
      await run.stage.write(told, 'done');
    },
    undo: async () => undefined,
  };
}

/** The whole ladder, live; the operation is done only when every rung is proved. */
export function proveStep(context: ServicesContext, service: () => Service): Step {
  return {
    id: 'prove',
    title: message('service.step.prove'),
    effects: [],
    check: async () => false,
    async apply(run) {
      const ladder = await prove(context, service());
      const low = headline(ladder);
      run.prove({
        title: message('service.proof.mtls'),
        outcome:
          low === undefined ? 'proved' : low.outcome === 'contradicted' ? 'contradicted' : 'not_proved',
        ...(low?.evidence[0] === undefined ? {} : { evidence: low.evidence[0] }),
      });
      if (low !== undefined)
        throw new ConsoleError('service_not_proved', { name: service().id, proof: low.rung });
    },
    undo: async () => context.evidence.remove(service().id),
  };
}
