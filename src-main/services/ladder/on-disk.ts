import { stat } from 'node:fs/promises';
import type { Rung } from '../../../shared/contract/services.ts';
import { sha256 } from '../../tls/certificates.ts';
import { reachesPin } from '../../tls/pins.ts';
import { dnsNames, parseBundle, parseKey, parseLeaf, type ServiceFiles } from '../../issuance/set-files.ts';
import { RungBuilder } from './rungs.ts';

export interface OnDiskQuestion {
  readonly identity: string;
  readonly paths: { readonly cert: string; readonly key: string; readonly bundle: string };
  readonly files: ServiceFiles;
  /** SHA-256 of the pinned CA certificates, lower-case hex. */
  readonly pins: readonly string[];
  /** Unix milliseconds. */
  readonly now: number;
}

async function judgeMode(rung: RungBuilder, path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0 && (mode & 0o027) !== 0)
    rung.contradicts('service.rung.mode', { path, mode: (mode & 0o777).toString(8).padStart(4, '0') });
}

/** Whether leaf, key and bundle are there, belong together, are for this service, are valid now, and lead to a pin. */
export async function judgeOnDisk(question: OnDiskQuestion): Promise<Rung> {
  const { files, paths, now } = question;
  const rung = new RungBuilder('on_disk', now);
  if (files.certPem === undefined) rung.lacks('service.rung.no_certificate', { path: paths.cert });
  if (files.keyPem === undefined) rung.lacks('service.rung.no_key', { path: paths.key });
  else await judgeMode(rung, paths.key);
  if (files.certPem === undefined) return rung.build();
  const leaf = parseLeaf(files.certPem);
  if (leaf === undefined) {
    rung.contradicts('service.rung.unreadable', { path: paths.cert });
    return rung.build();
  }
  if (files.keyPem !== undefined) {
    const key = parseKey(files.keyPem);
    if (key !== undefined && leaf.checkPrivateKey(key)) rung.proves('service.rung.key_matches');
    else rung.contradicts('service.rung.key_mismatch');
  }
  const names = dnsNames(leaf);
  if (names.includes(question.identity)) rung.proves('service.rung.names', { names: names.join(', ') });
  else rung.contradicts('service.rung.names_wrong', { names: names.join(', '), identity: question.identity });
  const [from, until] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  if (until < now) rung.contradicts('service.rung.expired', { until });
  else if (from > now) rung.contradicts('service.rung.not_yet', { from });
  else rung.proves('service.rung.valid', { until });
  if (files.bundlePem === undefined) {
    rung.lacks('service.rung.no_bundle', { path: paths.bundle });
    return rung.build();
  }
  const bundle = parseBundle(files.bundlePem);
  // While the CA is replaced two roots are pinned, and the leaf leads to one of them.
  const anchors = bundle.filter((one) => one.issuer === one.subject && question.pins.includes(sha256(one)));
  const anchor = anchors.find((one) => reachesPin(leaf, bundle, new Set([sha256(one)]), now));
  if (anchor !== undefined) rung.proves('service.rung.chain', { fingerprint: sha256(anchor).slice(0, 16) });
  else rung.contradicts('service.rung.chain_broken');
  return rung.build();
}
