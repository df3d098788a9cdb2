import { ConsoleError } from '../../shared/errors.ts';
import type { OpenBaoClient } from '../openbao/openbao.ts';
import type { TrustDocument } from './install.ts';

/** Pins and bundle at `bootroot/ca`. Throws `not_found` when nothing was published. */
export async function publishedTrust(client: OpenBaoClient): Promise<TrustDocument> {
  const data = (await client.kv.read('bootroot/ca'))?.data;
  const pins = data?.['trusted_ca_sha256'];
  const bundlePem = data?.['ca_bundle_pem'];
  if (!Array.isArray(pins) || typeof bundlePem !== 'string')
    throw new ConsoleError('not_found', { what: 'KV', name: 'bootroot/ca' });
  return { pins: pins.map(String), bundlePem };
}
