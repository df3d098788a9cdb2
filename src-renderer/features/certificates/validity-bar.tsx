import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import type { CertificateView } from '../../../shared/contract/certificates.ts';
import { useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { marksOf } from './validity.ts';

/** From not-before to not-after, with now, the renewal point and the CA's end on it. */
export function ValidityBar({ validity }: { validity: CertificateView['validity'] }): ReactNode {
  const t = useT();
  const words = useWords();
  const marks = marksOf(validity);
  const now = marks.find(({ kind }) => kind === 'now');
  const summary = [
    `${t('certificate.notBefore')} ${words.absolute(validity.notBefore)}`,
    ...marks.map(({ kind, at }) => `${t(`certificate.mark.${kind}`)} ${words.absolute(at)}`),
    `${t('certificate.notAfter')} ${words.absolute(validity.notAfter)}`,
  ].join(', ');
  return (
    <div>
      <div className="bc-validity" role="img" aria-label={summary}>
        <div className="bc-validity-used" style={{ width: `${now?.percent ?? 0}%` }} />
        {marks.map(({ kind, at, percent, edge }) => (
          <Tooltip key={kind} label={words.absolute(at)}>
            <div
              className="bc-validity-mark"
              data-kind={kind}
              data-edge={edge}
              data-place={kind === 'now' ? 'above' : 'below'}
              style={{ left: `calc(${percent}% - 1px)` }}
            >
              <span>{t(`certificate.mark.${kind}`)}</span>
            </div>
          </Tooltip>
        ))}
      </div>
      <div className="bc-heat-scale">
        <span>{words.absolute(validity.notBefore)}</span>
        <span>{words.absolute(validity.notAfter)}</span>
      </div>
    </div>
  );
}
