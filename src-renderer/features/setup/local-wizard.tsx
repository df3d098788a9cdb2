import { Skeleton } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { Wizard } from '../../ui/wizard.tsx';
import { WizardButtons } from '../../ui/wizard-buttons.tsx';
import { PlanRunner } from '../operations/plan-runner.tsx';
import { useSettled } from '../operations/use-live-check.ts';
import { WatchStep } from '../operations/watch-step.tsx';
import {
  draftSchema,
  instanceFits,
  localSteps as steps,
  runnerOf,
  type LocalStep as Step,
  type SetupInput,
} from './local-draft.ts';
import { LocalKindStep } from './local-kind-step.tsx';
import { LocalSettingsStep } from './local-settings-step.tsx';
import { asKind, fitCustodians } from './production.ts';
import { SetupProof } from './setup-proof.tsx';

/** From nothing to a running, initialised authority on this computer: what, how, the plan, the steps, the proof. */
export function LocalWizard(): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const defaults = useProcedure('setup.defaults', {}, { staleTime: Infinity });
  const draft = useDraft('setup.local', draftSchema);
  const {
    step,
    input,
    operationId,
  }: { step: Step; input: SetupInput | undefined; operationId?: string | undefined } = draft.value ?? {
    step: 'kind',
    input: defaults.data,
  };
  const settled = useSettled(input);
  const check = useProcedure(
    'setup.check',
    { input: settled.value },
    { enabled: settled.value !== undefined && (step === 'kind' || step === 'settings'), keep: true },
  );
  const title = t('setup.title');
  if (defaults.error !== null && input === undefined) {
    return (
      <div className="bc-page">
        <ErrorPanel error={defaults.error.data} onRetry={() => void defaults.refetch()} />
      </div>
    );
  }
  if (input === undefined || defaults.data === undefined || !draft.loaded) {
    return (
      <div className="bc-page">
        <Skeleton height={240} animate={false} />
      </div>
    );
  }
  const known = defaults.data;
  const propose = (index: number): string => t('setup.custodianProposal', { index });
  const running = operationId !== undefined;
  const go = (next: Step, id = operationId): void =>
    draft.set({ step: next, input, ...(id === undefined ? {} : { operationId: id }) });
  const change = (next: SetupInput): void => draft.set({ step, input: fitCustodians(next, propose) });
  const problems = check.data ?? [];
  const blocked =
    problems.some(({ level }) => level === 'error') ||
    !instanceFits(input) ||
    input.custodians.some((name) => name.trim() === '');
  const position = steps.indexOf(step);
  const frame = {
    title,
    current: step,
    heading: t(`setup.heading.${step}`),
    lead: t(`setup.lead.${step}`),
    onGo: (id: string) => go(steps.find((each) => each === id) ?? 'kind'),
    steps: steps.map((id, index) => ({
      id,
      title: t(`setup.step.${id}`),
      reachable: !running && index < position,
    })),
  };
  if (step === 'kind') {
    return (
      <Wizard
        {...frame}
        footer={
          <WizardButtons onBack={() => void navigate({ to: '/start' })} onNext={() => go('settings')} />
        }
      >
        <LocalKindStep
          input={input}
          onKind={(kind) => draft.set({ step, input: asKind(input, kind, known, propose) })}
          onChange={change}
        />
      </Wizard>
    );
  }
  if (step === 'settings') {
    return (
      <Wizard
        {...frame}
        footer={
          <WizardButtons
            onBack={() => go('kind')}
            onNext={() => go('plan')}
            nextLabel={t('ui.seePlan')}
            disabled={blocked || !settled.settled || check.isPending}
          />
        }
      >
        {check.error === null ? null : (
          <ErrorPanel error={check.error.data} onRetry={() => void check.refetch()} />
        )}
        <LocalSettingsStep input={input} problems={problems} onChange={change} />
      </Wizard>
    );
  }
  if (step === 'plan' || operationId === undefined) {
    return (
      <Wizard {...frame}>
        <PlanRunner
          request={{ kind: `setup.${runnerOf(input)}`, input }}
          cancelLabel={t('ui.back')}
          onCancel={() => go('settings')}
          onStarted={({ id }) => go('watch', id)}
        />
      </Wizard>
    );
  }
  if (step === 'watch') {
    return (
      <Wizard {...frame}>
        <WatchStep
          id={operationId}
          onDone={() => {
            void queries.invalidateQueries();
            go('proof');
          }}
        />
      </Wizard>
    );
  }
  return (
    <Wizard {...frame}>
      <SetupProof
        id={operationId}
        path={input.path}
        production={input.kind === 'production'}
        onLeave={draft.clear}
      />
    </Wizard>
  );
}
