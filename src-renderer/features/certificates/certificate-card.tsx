import type { ReactNode } from 'react';
import type { CertificateView } from '../../../shared/contract/certificates.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { ValidityBar } from './validity-bar.tsx';

const statusOf: Record<CertificateView['sentence']['state'], Status> = {
  valid: 'proved',
  near_expiry: 'due',
  expired: 'expired',
  not_yet_valid: 'pending',
};

/** The card that reads like a sentence. */
export function CertificateCard({ certificate }: { certificate: CertificateView }): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  const { sentence } = certificate;
  const kind = sentence.selfSigned ? 'root' : sentence.ca ? 'intermediate' : 'leaf';
  const names = sentence.names.filter((name) => name !== sentence.title);
  const parts = [
    t(`certificate.sentence.${kind}`),
    names.length === 0
      ? undefined
      : names.length <= 3
        ? t('certificate.sentence.names', { names: names.join(', ') })
        : t('certificate.sentence.manyNames', {
            names: names.slice(0, 2).join(', '),
            count: names.length - 2,
          }),
    sentence.selfSigned
      ? t('certificate.sentence.selfSigned')
      : t('certificate.sentence.issuer', { issuer: sentence.issuer }),
    t(`certificate.sentence.${sentence.state}`, { duration: words.duration(sentence.remaining) }),
    sentence.purposes.length === 0
      ? undefined
      : t('certificate.sentence.purposes', { purposes: sentence.purposes.map(say).join(', ') }),
  ].filter((part) => part !== undefined);
  return (
    <div className="bc-card bc-target" data-field="validity">
      <StatusBadge status={statusOf[sentence.state]} label={t(`certificate.state.${sentence.state}`)} />
      <p className="bc-card-sentence">
        <strong>{sentence.title}</strong> — {parts.join(', ')}.
      </p>
      <ValidityBar validity={certificate.validity} />
    </div>
  );
}
