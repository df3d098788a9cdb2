import { Skeleton } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import * as z from 'zod';
import type { SetupExternal } from '../../../shared/contract/setup.ts';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Fields, type FieldSpec } from '../../ui/fields.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { Wizard } from '../../ui/wizard.tsx';
import { WizardButtons } from '../../ui/wizard-buttons.tsx';
import { Why } from '../../ui/why.tsx';
import { PlanRunner } from '../operations/plan-runner.tsx';
import { WatchStep } from '../operations/watch-step.tsx';
import { externalFields, externalProblems } from './external-fields.ts';
import { ProbeReport } from './probe-report.tsx';
import { SetupProof } from './setup-proof.tsx';

const steps = ['servers', 'place', 'plan', 'watch', 'proof'] as const;
type Step = (typeof steps)[number];

const isInput = (value: unknown): value is SetupExternal =>
  typeof value === 'object' && value !== null && 'openbaoUrl' in value && 'stepcaUrl' in value;
const draftSchema = z.object({
  step: z.enum(steps),
  input: z.custom<SetupExternal>(isInput),
  operationId: z.string().optional(),
});

/** An installation whose servers run elsewhere: where they are, whom to trust, where the console keeps its own files. */
export function ExternalWizard(): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const defaults = useProcedure('setup.defaults', {}, { staleTime: Infinity });
  const draft = useDraft('setup.external', draftSchema);
  if (!draft.loaded || defaults.isPending) {
    return (
      <div className="bc-page">
        <Skeleton height={240} animate={false} />
      </div>
    );
  }
  const first: SetupExternal = {
    path: defaults.data?.path ?? '',
    name: defaults.data?.name ?? '',
    openbaoUrl: 'https://127.0.0.1:8200',
    kvMount: 'secret',
    stepcaUrl: 'https://127.0.0.1:9000',
    http01Port: 80,
    domain: defaults.data?.domain ?? 'trusted.domain',
    caPem: '',
  };
  const { step, input, operationId } = draft.value ?? { step: 'servers' as Step, input: first };
  const go = (next: Step, id = operationId): void =>
    draft.set({ step: next, input, ...(id === undefined ? {} : { operationId: id }) });
  const change = (next: SetupExternal): void => draft.set({ step, input: next });
  const fields = externalFields(t);
  const problems = externalProblems(input);
  const hasProblem = (asked: readonly FieldSpec[]): boolean =>
    problems.some(({ field }) => asked.some(({ path }) => path === field));
  const position = steps.indexOf(step);
  const frame = {
    title: t('setup.external.title'),
    current: step,
    heading: t(`setup.external.heading.${step}`),
    lead: t(`setup.external.lead.${step}`),
    onGo: (id: string) => go(steps.find((each) => each === id) ?? 'servers'),
    steps: steps.map((id, index) => ({
      id,
      title: t(`setup.external.step.${id}`),
      reachable: operationId === undefined && index < position,
    })),
  };
  if (step === 'servers') {
    return (
      <Wizard
        {...frame}
        footer={
          <WizardButtons
            onBack={() => void navigate({ to: '/start' })}
            onNext={() => go('place')}
            disabled={hasProblem([...fields.servers, ...fields.http01])}
          />
        }
      >
        <Fields fields={fields.servers} input={input} problems={problems} onChange={change} />
        <ProbeReport input={input} onChange={change} />
        <div>
          <Disclosure label={<strong>{t('setup.external.http01')}</strong>} open={hasProblem(fields.http01)}>
            <Fields fields={fields.http01} input={input} problems={problems} onChange={change} />
          </Disclosure>
          <Why>{t('setup.external.why')}</Why>
        </div>
      </Wizard>
    );
  }
  if (step === 'place') {
    return (
      <Wizard
        {...frame}
        footer={
          <WizardButtons
            onBack={() => go('servers')}
            onNext={() => go('plan')}
            nextLabel={t('ui.seePlan')}
            disabled={input.name.trim() === '' || input.path.trim() === '' || hasProblem(fields.place)}
          />
        }
      >
        <Fields fields={fields.place} input={input} problems={problems} onChange={change} />
      </Wizard>
    );
  }
  if (step === 'plan' || operationId === undefined) {
    return (
      <Wizard {...frame}>
        <PlanRunner
          request={{ kind: 'setup.external', input }}
          cancelLabel={t('ui.back')}
          onCancel={() => go('place')}
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
      <SetupProof id={operationId} path={input.path} production={false} onLeave={draft.clear} />
    </Wizard>
  );
}
