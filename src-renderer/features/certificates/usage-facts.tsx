import type { ReactNode } from 'react';
import type { CertificateView } from '../../../shared/contract/certificates.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { Facts } from '../../ui/facts.tsx';

/** The key, and what it may be used for. */
export function UsageFacts({
  certificate,
}: {
  certificate: Pick<CertificateView, 'key' | 'usages' | 'purposes'>;
}): ReactNode {
  const t = useT();
  const say = useMessage();
  const list = (messages: CertificateView['usages']): string =>
    messages.length === 0 ? t('certificate.notLimited') : messages.map(say).join(', ');
  return (
    <div className="bc-target" data-field="key">
      <Facts
        facts={[
          { label: t('certificate.key'), value: certificate.key.label },
          {
            label: t('certificate.usages'),
            value: (
              <span className="bc-target" data-field="usages">
                {list(certificate.usages)}
              </span>
            ),
          },
          {
            label: t('certificate.purposes'),
            value: (
              <span className="bc-target" data-field="purposes">
                {list(certificate.purposes)}
              </span>
            ),
          },
        ]}
      />
    </div>
  );
}
