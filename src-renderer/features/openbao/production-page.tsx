import { Button, Group } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { OperationView } from '../operations/operation-view.tsx';
import { PlanRunner } from '../operations/plan-runner.tsx';
import { useOperation } from '../operations/use-operation.ts';
import { firstMove, type ProductionMove } from './production-move.ts';
import { ProductionForm } from './production-form.tsx';

/** From lab to production: who keeps the new shares, the plan, the steps, and then on to the ceremony. */
export function ProductionPage(): ReactNode {
  const t = useT();
  const [input, setInput] = useState<ProductionMove>(() =>
    firstMove((index) => t('setup.custodianProposal', { index })),
  );
  const [planned, setPlanned] = useState(false);
  const [operationId, setOperationId] = useState<string>();
  return (
    <Page title={t('production.title')} above={[{ label: 'OpenBao', to: '/openbao' }]}>
      {operationId !== undefined ? (
        <Moved id={operationId} />
      ) : planned ? (
        <Section title={t('plan.title')}>
          <PlanRunner
            request={{ kind: 'setup.to-production', input }}
            cancelLabel={t('ui.back')}
            onCancel={() => setPlanned(false)}
            onStarted={({ id }) => setOperationId(id)}
          />
        </Section>
      ) : (
        <ProductionForm
          input={input}
          onChange={setInput}
          onNext={() => {
            setInput({ ...input, custodians: input.custodians.map((name) => name.trim()) });
            setPlanned(true);
          }}
        />
      )}
    </Page>
  );
}

function Moved({ id }: { id: string }): ReactNode {
  const t = useT();
  const { operation } = useOperation(id);
  return (
    <>
      {operation?.state === 'done' ? (
        <Group>
          <Button size="sm" component={Link} to="/openbao/ceremony">
            {t('setup.toCeremony')}
          </Button>
        </Group>
      ) : null}
      <OperationView id={id} />
    </>
  );
}
