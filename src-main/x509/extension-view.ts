import type { ExtensionView } from '../../shared/contract/certificates.ts';
import type { MessageKey } from '../../shared/i18n/index.ts';
import { message, type Message } from '../../shared/message.ts';
import type { ExtensionFacts, KnownExtensions } from './certificate-fields.ts';
import type { KeyUsageName } from './extensions.ts';
import type { GeneralName } from './general-names.ts';
import { oidLabel } from './oids.ts';

const extensionNames: Readonly<Record<string, MessageKey>> = {
  '2.5.29.14': 'certificates.extension.subjectKeyIdentifier',
  '2.5.29.15': 'certificates.extension.keyUsage',
  '2.5.29.17': 'certificates.extension.subjectAltName',
  '2.5.29.18': 'certificates.extension.issuerAltName',
  '2.5.29.19': 'certificates.extension.basicConstraints',
  '2.5.29.30': 'certificates.extension.nameConstraints',
  '2.5.29.31': 'certificates.extension.cRLDistributionPoints',
  '2.5.29.32': 'certificates.extension.certificatePolicies',
  '2.5.29.35': 'certificates.extension.authorityKeyIdentifier',
  '2.5.29.36': 'certificates.extension.policyConstraints',
  '2.5.29.37': 'certificates.extension.extKeyUsage',
  '1.3.6.1.5.5.7.1.1': 'certificates.extension.authorityInfoAccess',
  '1.3.6.1.5.5.7.1.24': 'certificates.extension.tlsFeature',
  '1.3.6.1.4.1.11129.2.4.2': 'certificates.extension.signedCertificateTimestamps',
  '1.3.6.1.4.1.37476.9000.64.1': 'certificates.extension.stepProvisioner',
  '2.16.840.1.113730.1.13': 'certificates.extension.netscapeComment',
};

const purposeNames: Readonly<Record<string, MessageKey>> = {
  '1.3.6.1.5.5.7.3.1': 'certificates.purpose.serverAuth',
  '1.3.6.1.5.5.7.3.2': 'certificates.purpose.clientAuth',
  '1.3.6.1.5.5.7.3.3': 'certificates.purpose.codeSigning',
  '1.3.6.1.5.5.7.3.4': 'certificates.purpose.emailProtection',
  '1.3.6.1.5.5.7.3.8': 'certificates.purpose.timeStamping',
  '1.3.6.1.5.5.7.3.9': 'certificates.purpose.OCSPSigning',
  '2.5.29.37.0': 'certificates.purpose.any',
};

/** Purposes (extended key usage) in words. */
export const purposeWords = (oids: readonly string[] = []): Message[] =>
  oids.map((oid) => {
    const key = purposeNames[oid];
    return key === undefined ? message('certificates.purpose.other', { oid: oidLabel(oid) }) : message(key);
  });

/** Key usages in words. */
export const usageWords = (usages: readonly KeyUsageName[] = []): Message[] =>
  usages.map((usage) => message(`certificates.usage.${usage}`));

/** Names beyond this many are counted, not listed. */
export const shownNames = 500;

const nameLine = ({ kind, value }: GeneralName): Message => message(`certificates.name.${kind}`, { value });

function nameLines(names: readonly GeneralName[]): Message[] {
  const lines = names.slice(0, shownNames).map(nameLine);
  return names.length <= shownNames
    ? lines
    : [...lines, message('certificates.name.more', { count: names.length - shownNames })];
}

function linesOf(oid: string, known: KnownExtensions): (Message | string)[] {
  switch (oid) {
    case '2.5.29.14':
      return [known.subjectKeyId ?? ''];
    case '2.5.29.15':
      return usageWords(known.keyUsage);
    case '2.5.29.17':
      return nameLines(known.names ?? []);
    case '2.5.29.19':
      if (known.ca !== true) return [message('certificates.value.not_ca')];
      return known.pathLength === undefined
        ? [message('certificates.value.ca')]
        : [message('certificates.value.ca_below', { count: known.pathLength })];
    case '2.5.29.30': {
      const { permitted = [], excluded = [] } = known.nameConstraints ?? {};
      return [
        ...permitted.map(({ value }) => message('certificates.value.permitted', { value })),
        ...excluded.map(({ value }) => message('certificates.value.excluded', { value })),
      ];
    }
    case '2.5.29.31':
      return known.crls.slice();
    case '2.5.29.32':
      return known.policies.map(oidLabel);
    case '2.5.29.35':
      return known.authorityKeyId === undefined ? [] : [known.authorityKeyId];
    case '2.5.29.37':
      return purposeWords(known.purposes);
    case '1.3.6.1.5.5.7.1.1':
      return [
        ...known.ocsp.map((value) => message('certificates.value.ocsp', { value })),
        ...known.caIssuers.map((value) => message('certificates.value.ca_issuers', { value })),
      ];
    case '1.3.6.1.4.1.37476.9000.64.1':
      return known.provisioner === undefined ? [] : [known.provisioner];
    default:
      return [];
  }
}

/** Extensions in words where the console knows them, raw where it does not. */
export const extensionViews = (
  extensions: readonly ExtensionFacts[],
  known: KnownExtensions,
): ExtensionView[] =>
  extensions.map(({ oid, critical, bytes, raw }) => {
    const name = extensionNames[oid];
    return {
      oid,
      critical,
      bytes,
      ...(name === undefined ? {} : { name: message(name) }),
      lines: raw === undefined ? linesOf(oid, known) : [],
      ...(raw === undefined ? {} : { raw }),
    };
  });
