import type { X509Certificate } from 'node:crypto';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { newEcKey } from '../acme/keys.ts';
import { issue } from '../acme/session.ts';
import type { Run } from '../operations/types.ts';
import { responderClient } from '../responder/client.ts';
import { responderSecret } from '../services/add/secrets-step.ts';
import { responderAccess } from '../services/responder-access.ts';
import { publishedTrust } from '../services/trust.ts';
import { readBundle } from '../tls/certificates.ts';
import { verifyPins } from '../x509/trust-bundle.ts';
import type { RotationContext } from './context.ts';
import { allServicesOf } from './targets.ts';

/**
 * Orders a certificate for the first service as its agent would, verifies the chain against the pins, and throws key and
 * certificate away: step-ca signs, its database takes writes, and the responder accepts what OpenBao holds. Without a service
 * there is no name that could be ordered, and the proof says so.
 * @returns the leaf; undefined without a service
 * @throws `acme_…`, `responder_…`, `pin_mismatch`, `rotation_no_issuance`
 */
export async function proveIssuance(
  context: RotationContext,
  run: Pick<Run, 'signal' | 'log' | 'prove'>,
): Promise<X509Certificate | undefined> {
  const { services } = context;
  const service = (await allServicesOf(services)).find(({ entry }) => entry.instance_id);
  const title = message('rotation.proof.issuance');
  if (service === undefined) {
    run.log(message('rotation.log.no_service'), 'warn');
    return undefined;
  }
  const { directoryUrl } = await services.endpoints();
  const client = services.client();
  const trust = await publishedTrust(client);
  const eab = (await client.kv.read('bootroot/agent/eab'))?.data;
  const kid = eab?.['kid'];
  const hmac = eab?.['hmac'];
  const issued = await issue({
    directoryUrl,
    ca: trust.bundlePem,
    accountKey: newEcKey(),
    ...(typeof kid === 'string' && kid !== '' && typeof hmac === 'string' ? { eab: { kid, hmac } } : {}),
    identifiers: [{ type: 'dns', value: service.identity }],
    key: newEcKey(),
    responder: responderClient({
      ...(await responderAccess(services)),
      secret: await responderSecret(client),
    }),
    signal: run.signal,
  });
  const chain = issued.chainPem.flatMap((pem) => readBundle(pem));
  verifyPins(
    chain.map(({ raw }) => raw),
    trust.pins,
  );
  const [leaf] = readBundle(issued.leafPem);
  if (leaf === undefined) throw new ConsoleError('rotation_no_issuance', { name: service.id });
  run.prove({
    title,
    outcome: 'proved',
    evidence: message('rotation.evidence.issuance', { name: service.identity, serial: leaf.serialNumber }),
  });
  return leaf;
}
