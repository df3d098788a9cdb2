import type { ReactNode } from 'react';
import type { Verdict } from '../../../shared/contract/certificates.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';

/** Would a peer accept it, for what, and why. */
export function VerdictList({ verdicts }: { verdicts: readonly Verdict[] }): ReactNode {
  const t = useT();
  const say = useMessage();
  if (verdicts.length === 0) return <p className="bc-muted">{t('certificate.noVerdict')}</p>;
  return (
    <ul className="bc-proofs">
      {verdicts.map((verdict, index) => (
        <li key={index}>
          <StatusBadge
            status={verdict.accepted ? (verdict.known ? 'proved' : 'unknown') : 'failed'}
            label={t(verdict.accepted ? 'certificate.accepted' : 'certificate.refused')}
          />
          <div>
            {t(`certificate.verdict.${verdict.purpose}`, { by: verdict.by })}
            <div className="bc-muted">{say(verdict.because)}</div>
          </div>
        </li>
      ))}
    </ul>
  );
}
