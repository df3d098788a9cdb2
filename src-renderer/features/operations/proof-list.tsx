import type { ReactNode } from 'react';
import type { Proof } from '../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { proofStatus } from './states.ts';

/** What was proved after the change, with its evidence. */
export function ProofList({ proofs }: { proofs: readonly Proof[] }): ReactNode {
  const t = useT();
  const say = useMessage();
  return (
    <ul className="bc-proofs">
      {proofs.map((proof, index) => (
        <li key={index}>
          <StatusBadge status={proofStatus[proof.outcome]} label={t(`proof.${proof.outcome}`)} />
          <div>
            <strong>{say(proof.title)}</strong>
            {proof.evidence === undefined ? null : <div className="bc-muted">{say(proof.evidence)}</div>}
          </div>
          <span className="bc-muted">
            <RelativeTime at={proof.at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
