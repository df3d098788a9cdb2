import type { ReactNode } from 'react';
import type { CertificateView } from '../../../shared/contract/certificates.ts';
import { useT } from '../../app/i18n.tsx';
import { groupHex } from '../../format/text.ts';
import { Facts } from '../../ui/facts.tsx';
import { Mono } from '../../ui/mono.tsx';

export function IdentifierFacts({ identifiers }: { identifiers: CertificateView['identifiers'] }): ReactNode {
  const t = useT();
  const keyId = (
    label: string,
    value: string | undefined,
  ): { label: string; value: ReactNode } | undefined =>
    value === undefined ? undefined : { label, value: <Mono value={value} shown={groupHex(value)} /> };
  return (
    <Facts
      facts={[
        {
          label: t('certificate.subject'),
          value: <Mono value={identifiers.subject === '' ? '—' : identifiers.subject} />,
        },
        { label: t('certificate.issuer'), value: <Mono value={identifiers.issuer} /> },
        {
          label: t('certificate.serial'),
          value: (
            <span className="bc-target" data-field="serial">
              <Mono value={identifiers.serial} shown={groupHex(identifiers.serial)} />
            </span>
          ),
        },
        {
          label: t('certificate.signature'),
          value: (
            <span className="bc-target" data-field="signature">
              {identifiers.signatureAlgorithm}
            </span>
          ),
        },
        keyId(t('certificate.subjectKeyId'), identifiers.subjectKeyId),
        keyId(t('certificate.authorityKeyId'), identifiers.authorityKeyId),
        { label: t('ui.version'), value: `X.509 v${identifiers.version}` },
      ]}
    />
  );
}
