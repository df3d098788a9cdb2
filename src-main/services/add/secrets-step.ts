import { message } from '../../../shared/message.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import type { OpenBaoClient } from '../../openbao/openbao.ts';
import type { Step } from '../../operations/types.ts';
import type { ServicesContext } from '../context.ts';
import { publishedTrust } from '../trust.ts';

/** The responder's HMAC secret at `bootroot/responder/hmac`. Throws `not_found`. */
export async function responderSecret(client: OpenBaoClient): Promise<string> {
  const value = (await client.kv.read('bootroot/responder/hmac'))?.data['value'];
  if (typeof value !== 'string')
    throw new ConsoleError('not_found', { what: 'KV', name: 'bootroot/responder/hmac' });
  return value;
}

/** What the service's own KV paths shall hold. EAB that is not used is the empty pair, as the newer tools write it. */
async function wanted(client: OpenBaoClient): Promise<Readonly<Record<string, Record<string, unknown>>>> {
  const trust = await publishedTrust(client);
  const eab = (await client.kv.read('bootroot/agent/eab'))?.data;
  return {
    trust: { trusted_ca_sha256: [...trust.pins], ca_bundle_pem: trust.bundlePem },
    http_responder_hmac: { hmac: await responderSecret(client) },
    eab: { kid: eab?.['kid'] ?? '', hmac: eab?.['hmac'] ?? '' },
  };
}

const items = ['trust', 'http_responder_hmac', 'eab'] as const;

/** Publishes trust, responder secret and EAB below `bootroot/services/<id>/`. */
export function secretsStep(context: ServicesContext, id: string): Step {
  const path = (item: string): string => `bootroot/services/${id}/${item}`;
  return {
    id: 'secrets',
    title: message('service.step.secrets'),
    effects: items.map((item) => ({
      kind: 'openbao',
      path: `${context.kvMount}/${path(item)}`,
      action: 'create',
      what: 'kv',
    })),
    async check() {
      const client = context.client();
      for (const [item, data] of Object.entries(await wanted(client))) {
        const stored = (await client.kv.read(path(item)))?.data;
        if (JSON.stringify(stored) !== JSON.stringify(data)) return false;
      }
      return true;
    },
    async apply() {
      const client = context.client();
      for (const [item, data] of Object.entries(await wanted(client)))
        await client.kv.write(path(item), data);
    },
    async undo() {
      const client = context.client();
      for (const item of items) await client.kv.destroy(path(item));
    },
  };
}
