/** RFC 1123 label: letters, digits and hyphens, alphanumeric at both ends, at most 63 octets. */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

export const isDnsLabel = (text: string): boolean => label.test(text);

/** One or more labels, at most 253 octets in all. */
export const isDomain = (text: string): boolean =>
  text.length <= 253 && text.split('.').every((part) => isDnsLabel(part));

/** Registration ids are lower-case labels of up to 131 octets without dots (newer generation's rule). */
export const isRegistrationId = (text: string): boolean =>
  text.length <= 131 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(text);

export const isInstanceId = (text: string): boolean => /^[0-9]{1,20}$/.test(text);

export interface IdentityParts {
  readonly instanceId: string;
  readonly serviceName: string;
  readonly hostname: string;
  readonly domain: string;
}

/** The one DNS SAN of every certificate of a service: `<instance_id>.<service_name>.<hostname>.<domain>`. */
export const identityOf = (parts: IdentityParts): string =>
  `${parts.instanceId}.${parts.serviceName}.${parts.hostname}.${parts.domain}`;
