import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMessage, useT } from '../../app/i18n.tsx';
import { Fields } from '../../ui/fields.tsx';
import { CustodianFields } from '../setup/custodian-fields.tsx';
import { problemsOf, withCustodians, type ProductionMove } from './production-move.ts';

interface ShareFieldsProps {
  readonly move: ProductionMove;
  /** Nobody keeps a share: they stay in the work directory. */
  readonly unnamed?: boolean;
  readonly onChange: (move: ProductionMove) => void;
}

/** How many shares, how many of them unseal, and who keeps each. */
export function ShareFields({ move, unnamed = false, onChange }: ShareFieldsProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const problems = problemsOf(unnamed ? { ...move, custodians: [] } : move);
  const number = { as: 'number', min: 2, max: 20 } as const;
  return (
    <>
      <Fields
        fields={[
          { path: 'shares', label: t('setup.shares'), hint: t('setup.sharesHint'), ...number },
          { path: 'threshold', label: t('setup.threshold'), hint: t('setup.thresholdHint'), ...number },
        ]}
        input={move}
        problems={problems}
        onChange={(next) =>
          onChange(withCustodians(next, (index) => t('setup.custodianProposal', { index })))
        }
      />
      {unnamed ? null : (
        <CustodianFields
          names={move.custodians}
          onChange={(custodians) => onChange({ ...move, custodians })}
        />
      )}
      {problems
        .filter(({ field }) => field === 'custodians')
        .map((problem) => (
          <Text key={problem.field} size="sm" role="status" className="bc-problem-warning">
            {say(problem.message)}
          </Text>
        ))}
    </>
  );
}
