import { X509Certificate } from 'node:crypto';
import { readCertificateFields } from '../x509/certificate-fields.ts';
import * as z from 'zod';
import type { RenewalInfo } from './port.ts';
import type { AcmeTransport } from './transport.ts';

const answerSchema = z.object({
  // One that ends before it begins counts as no answer at all (§4.2).
  suggestedWindow: z
    .object({ start: z.string(), end: z.string() })
    .refine(({ start, end }) => Date.parse(start) < Date.parse(end)),
  explanationURL: z.string().max(2000).optional(),
});
const defaultRetrySecs = 6 * 3600;

/**
 * The name a certificate has for RFC 9773 §4.1: base64url of the authority key identifier, a dot, base64url of the serial's DER bytes.
 * Undefined when the certificate has no authority key identifier.
 */
export function certificateId(leafPem: string): string | undefined {
  const { serialNumber, raw } = new X509Certificate(leafPem);
  const keyId = readCertificateFields(raw).authorityKeyId;
  if (keyId === undefined) return undefined;
  const even = serialNumber.length % 2 === 0 ? serialNumber : `0${serialNumber}`;
  // DER integers are signed: a positive one whose first bit is set has a zero byte in front.
  const serial = Buffer.from(/^[89a-f]/i.test(even) ? `00${even}` : even, 'hex');
  return `${Buffer.from(keyId, 'hex').toString('base64url')}.${serial.toString('base64url')}`;
}

/** Whether the CA gives advice, and so wants to be told what a certificate replaces (§5). */
export const givesRenewalInfo = (directory: Readonly<Record<string, unknown>>): boolean =>
  typeof directory['renewalInfo'] === 'string';

/** Asks for the CA's advice. Undefined when its directory offers none. */
export async function askRenewalInfo(
  transport: AcmeTransport,
  directory: Readonly<Record<string, unknown>>,
  leafPem: string,
): Promise<RenewalInfo | undefined> {
  const base = directory['renewalInfo'];
  const id = certificateId(leafPem);
  if (typeof base !== 'string' || id === undefined) return undefined;
  const url = `${base.replace(/\/+$/, '')}/${id}`;
  const { data } = await transport.get(url);
  const { suggestedWindow, explanationURL } = answerSchema.parse(data);
  const wait = transport.retryAfter(url);
  return {
    start: new Date(suggestedWindow.start).toISOString(),
    end: new Date(suggestedWindow.end).toISOString(),
    ...(explanationURL === undefined ? {} : { explanationUrl: explanationURL }),
    retryAfterSecs: wait === undefined ? defaultRetrySecs : Math.round(wait / 1000),
  };
}

/** A moment in the suggested window, evenly spread, so that a fleet does not renew at once (RFC 9773 §4.2). */
export function renewalMoment(info: RenewalInfo, random: () => number = Math.random): Date {
  const start = Date.parse(info.start);
  return new Date(start + random() * (Date.parse(info.end) - start));
}
