import type { X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { parseBundle } from '../issuance/set-files.ts';
import { sha256 } from '../tls/certificates.ts';

const pin = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/)
  .transform((text) => text.toLowerCase());

/** `bootroot/services/<id>/trust`: rejected unless every pin has its certificate in the bundle (formats-newer.md). */
export const trustDocument = z
  .object({ trusted_ca_sha256: z.array(pin).min(1), ca_bundle_pem: z.string().min(1) })
  .transform((value) => ({
    pins: [...new Set(value.trusted_ca_sha256)],
    bundle: parseBundle(value.ca_bundle_pem),
  }))
  .refine(({ pins, bundle }) => {
    const there = new Set(bundle.map((certificate: X509Certificate) => sha256(certificate)));
    return pins.every((one) => there.has(one));
  });

/** `…/secret_id`; older writers used `value`. */
export const secretIdDocument = z
  .object({ secret_id: z.string().min(1).optional(), value: z.string().min(1).optional() })
  .transform(({ secret_id, value }) => secret_id ?? value)
  .pipe(z.string());

export const hmacDocument = z
  .object({ hmac: z.string().min(1).optional(), value: z.string().min(1).optional() })
  .transform(({ hmac, value }) => hmac ?? value)
  .pipe(z.string());

/** Both empty means none; one empty is an error. */
export const eabDocument = z
  .object({ kid: z.string(), hmac: z.string() })
  .refine(({ kid, hmac }) => (kid === '') === (hmac === ''));

/** `…/reissue`: a request until it says `completed_version`. */
export const reissueDocument = z.looseObject({
  requested_at: z.string().nullish(),
  requester: z.string().nullish(),
  completed_at: z.string().nullish(),
  completed_version: z.coerce.number().int().nullish(),
});
