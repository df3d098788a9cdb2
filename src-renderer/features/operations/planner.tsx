import { Modal } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { createContext, use, useCallback, useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { PlanRunner, type PlanRequest } from './plan-runner.tsx';

type Plan = (request: PlanRequest) => void;
const PlannerContext = createContext<Plan | undefined>(undefined);

/** Opens the plan of any operation over the page it was asked from; once started, its own page follows it. */
export function PlannerProvider({ children }: { children: ReactNode }): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<{ request: PlanRequest; round: number }>();
  const close = useCallback(() => setAsked(undefined), []);
  const plan = useCallback<Plan>((request) => setAsked({ request, round: Date.now() }), []);
  return (
    <PlannerContext value={plan}>
      {children}
      <Modal
        opened={asked !== undefined}
        onClose={close}
        size={880}
        title={t('plan.title')}
        closeButtonProps={{ 'aria-label': t('ui.close') }}
      >
        {asked === undefined ? null : (
          <PlanRunner
            key={asked.round}
            request={asked.request}
            onCancel={close}
            onStarted={(operation) => {
              close();
              void navigate({ to: '/operations/$id', params: { id: operation.id } });
            }}
          />
        )}
      </Modal>
    </PlannerContext>
  );
}

/** The function that shows the plan of an operation. */
export function usePlanner(): Plan {
  const plan = use(PlannerContext);
  if (plan === undefined) throw new Error('no planner above this component');
  return plan;
}
