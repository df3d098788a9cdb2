import type { ReactNode } from 'react';
import type { CertificateView } from '../../../shared/contract/certificates.ts';
import { useT } from '../../app/i18n.tsx';
import { groupHex } from '../../format/text.ts';
import { Mono } from '../../ui/mono.tsx';

/** Fingerprints grouped by four; a click copies the plain hex. */
export function FingerprintList({
  fingerprints,
}: {
  fingerprints: CertificateView['fingerprints'];
}): ReactNode {
  const t = useT();
  const rows = [
    ['SHA-256', fingerprints.sha256],
    ['SHA-1', fingerprints.sha1],
    [t('certificate.spki'), fingerprints.spkiSha256],
  ] as const;
  return (
    <dl className="bc-prints">
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt className="bc-muted">{label}</dt>
          <dd>
            <Mono value={value} shown={groupHex(value)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
