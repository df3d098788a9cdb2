import { Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { Section } from '../../ui/section.tsx';
import { WizardButtons } from '../../ui/wizard-buttons.tsx';
import { problemsOf, type ProductionMove } from './production-move.ts';
import { ShareFields } from './share-fields.tsx';

interface ProductionFormProps {
  readonly input: ProductionMove;
  readonly onChange: (input: ProductionMove) => void;
  readonly onNext: () => void;
}

/** What is asked before the plan of the move to production. */
export function ProductionForm({ input, onChange, onNext }: ProductionFormProps): ReactNode {
  const t = useT();
  const incomplete = problemsOf(input).length > 0 || input.custodians.some((name) => name.trim() === '');
  return (
    <>
      <p className="bc-lead">{t('production.lead')}</p>
      <Section title={t('setup.group.unseal')}>
        <div className="bc-stack">
          <ShareFields move={input} onChange={onChange} />
        </div>
      </Section>
      <Group justify="flex-end">
        <WizardButtons onNext={onNext} nextLabel={t('ui.seePlan')} disabled={incomplete} />
      </Group>
    </>
  );
}
