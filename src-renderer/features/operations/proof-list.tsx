import type { ReactNode } from 'react';
import type { Proof } from '../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { LongList } from '../../ui/long-list.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { proofStatus } from './states.ts';

/** Proofs that are seen at a glance; of more, those that failed come first. */
const glance = 60;
const urgency: readonly Proof['outcome'][] = ['contradicted', 'not_proved', 'pending', 'proved'];

/** What was proved after the change, with its evidence. */
export function ProofList({ proofs }: { proofs: readonly Proof[] }): ReactNode {
  const t = useT();
  if (proofs.length <= glance)
    return (
      <ul className="bc-proofs">
        {proofs.map((proof, index) => (
          <ProofLine key={index} proof={proof} />
        ))}
      </ul>
    );
  const worst = [...proofs].sort((a, b) => urgency.indexOf(a.outcome) - urgency.indexOf(b.outcome));
  return (
    <LongList
      label={t('operation.proofs')}
      count={worst.length}
      row={(index) => {
        const proof = worst[index];
        return proof === undefined ? null : (
          <ul className="bc-proofs">
            <ProofLine proof={proof} />
          </ul>
        );
      }}
    />
  );
}

function ProofLine({ proof }: { proof: Proof }): ReactNode {
  const t = useT();
  const say = useMessage();
  return (
    <li>
      <StatusBadge status={proofStatus[proof.outcome]} label={t(`proof.${proof.outcome}`)} />
      <div>
        <strong>{say(proof.title)}</strong>
        {proof.evidence === undefined ? null : <div className="bc-muted">{say(proof.evidence)}</div>}
      </div>
      <span className="bc-muted">
        <RelativeTime at={proof.at} />
      </span>
    </li>
  );
}
