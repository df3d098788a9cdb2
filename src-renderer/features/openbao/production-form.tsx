import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMessage, useT } from '../../app/i18n.tsx';
import { Fields } from '../../ui/fields.tsx';
import { Section } from '../../ui/section.tsx';
import { WizardButtons } from '../../ui/wizard-buttons.tsx';
import { CustodianFields } from '../setup/custodian-fields.tsx';
import { problemsOf, withCustodians, type ProductionMove } from './production-move.ts';

interface ProductionFormProps {
  readonly input: ProductionMove;
  readonly onChange: (input: ProductionMove) => void;
  readonly onNext: () => void;
}

/** How many shares, how many of them unseal, and who keeps each. */
export function ProductionForm({ input, onChange, onNext }: ProductionFormProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const problems = problemsOf(input);
  const number = { as: 'number', min: 2, max: 20 } as const;
  return (
    <>
      <p className="bc-lead">{t('production.lead')}</p>
      <Section title={t('setup.group.unseal')}>
        <Fields
          fields={[
            { path: 'shares', label: t('setup.shares'), hint: t('setup.sharesHint'), ...number },
            { path: 'threshold', label: t('setup.threshold'), hint: t('setup.thresholdHint'), ...number },
          ]}
          input={input}
          problems={problems}
          onChange={(next) =>
            onChange(withCustodians(next, (index) => t('setup.custodianProposal', { index })))
          }
        />
      </Section>
      <CustodianFields
        names={input.custodians}
        onChange={(custodians) => onChange({ ...input, custodians })}
      />
      {problems
        .filter(({ field }) => field === 'custodians')
        .map((problem) => (
          <Text key={problem.field} size="sm" role="status" className="bc-problem-warning">
            {say(problem.message)}
          </Text>
        ))}
      <Group justify="flex-end">
        <WizardButtons
          onNext={onNext}
          nextLabel={t('ui.seePlan')}
          disabled={problems.length > 0 || input.custodians.some((name) => name.trim() === '')}
        />
      </Group>
    </>
  );
}
