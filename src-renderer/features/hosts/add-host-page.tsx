import { Button, Skeleton } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import * as z from 'zod';
import type { HostAdd } from '../../../shared/contract/hosts.ts';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Fields } from '../../ui/fields.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { Wizard } from '../../ui/wizard.tsx';
import { WizardButtons } from '../../ui/wizard-buttons.tsx';
import { PlanRunner } from '../operations/plan-runner.tsx';
import { useSettled } from '../operations/use-live-check.ts';
import { WatchStep } from '../operations/watch-step.tsx';
import { IdentityPreview } from '../services/identity-preview.tsx';
import { ReloadFields } from '../services/reload-fields.tsx';
import { addHostFields } from './add-host-fields.ts';
import { HandoverSection } from './handover-section.tsx';
import { followName } from './paths-for.ts';

const steps = ['who', 'where', 'plan', 'watch', 'handover'] as const;
type Step = (typeof steps)[number];

const isInput = (value: unknown): value is HostAdd =>
  typeof value === 'object' && value !== null && 'serviceName' in value && 'openbaoUrl' in value;
const draftSchema = z.object({
  step: z.enum(steps),
  input: z.custom<HostAdd>(isInput),
  operationId: z.string().optional(),
});

/** Name, place, plan, steps, and then the page that the other host's administrator is given. */
export function AddHostPage(): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const defaults = useProcedure('hosts.defaults', {}, { staleTime: 0 });
  const draft = useDraft('host.add', draftSchema);
  const kept: { step: Step; input: HostAdd | undefined; operationId?: string | undefined } = draft.value ?? {
    step: 'who',
    input: defaults.data,
  };
  const { step, input, operationId } = kept;
  const settled = useSettled(input);
  const check = useProcedure(
    'hosts.check',
    { input: settled.value },
    { enabled: settled.value !== undefined && (step === 'who' || step === 'where'), keep: true },
  );
  if (defaults.error !== null && input === undefined)
    return (
      <div className="bc-page">
        <ErrorPanel error={defaults.error.data} onRetry={() => void defaults.refetch()} />
      </div>
    );
  if (input === undefined || !draft.loaded)
    return (
      <div className="bc-page">
        <Skeleton height={240} animate={false} />
      </div>
    );
  const go = (next: Step, id = operationId): void =>
    draft.set({ step: next, input, ...(id === undefined ? {} : { operationId: id }) });
  const fields = addHostFields(t);
  const problems = check.data?.problems ?? [];
  const errorsIn = (group: readonly { path: string }[]): boolean =>
    problems.some(({ field, level }) => level === 'error' && group.some(({ path }) => path === field));
  const waiting = !settled.settled || check.isPending;
  const position = steps.indexOf(step);
  const frame = {
    title: t('hosts.wizard.title'),
    current: step,
    heading: t(`hosts.wizard.heading.${step}`),
    lead: t(`hosts.wizard.lead.${step}`),
    onGo: (id: string) => go(steps.find((each) => each === id) ?? 'who'),
    steps: steps.map((id, index) => ({
      id,
      title: t(`hosts.wizard.step.${id}`),
      reachable: operationId === undefined && index < position,
    })),
  };
  const form = {
    input,
    problems,
    onChange: (next: HostAdd) => draft.set({ step, input: followName(input, next) }),
  };
  const failed =
    check.error === null ? null : (
      <ErrorPanel error={check.error.data} onRetry={() => void check.refetch()} />
    );
  if (step === 'who')
    return (
      <Wizard
        {...frame}
        footer={
          <WizardButtons
            onBack={() => void navigate({ to: '/hosts' })}
            onNext={() => go('where')}
            disabled={waiting || errorsIn(fields.who)}
          />
        }
      >
        {failed}
        <Fields {...form} fields={fields.who} />
        <IdentityPreview identity={check.data?.identity ?? ''} />
      </Wizard>
    );
  if (step === 'where')
    return (
      <Wizard
        {...frame}
        footer={
          <WizardButtons
            onBack={() => go('who')}
            onNext={() => go('plan')}
            nextLabel={t('ui.seePlan')}
            disabled={waiting || problems.some(({ level }) => level === 'error')}
          />
        }
      >
        {failed}
        <Fields {...form} fields={fields.where} />
        <ReloadFields {...form} withServedAt={false} />
        <Disclosure open={errorsIn(fields.more)} label={t('services.add.more')}>
          <Fields {...form} fields={fields.more} />
        </Disclosure>
      </Wizard>
    );
  if (step === 'plan' || operationId === undefined)
    return (
      <Wizard {...frame}>
        <PlanRunner
          request={{ kind: 'host.add', input }}
          cancelLabel={t('ui.back')}
          onCancel={() => go('where')}
          onStarted={({ id }) => go('watch', id)}
        />
      </Wizard>
    );
  if (step === 'watch')
    return (
      <Wizard {...frame}>
        <WatchStep id={operationId} onDone={() => go('handover')} />
      </Wizard>
    );
  const id = input.registrationId ?? input.serviceName;
  return (
    <Wizard {...frame}>
      <Handover id={id} />
      <Button
        size="sm"
        onClick={() => {
          draft.clear();
          void navigate({ to: '/hosts/$id', params: { id } });
        }}
      >
        {t('hosts.wizard.open')}
      </Button>
    </Wizard>
  );
}

function Handover({ id }: { id: string }): ReactNode {
  const host = useProcedure('hosts.show', { id }, { refetchEvery: 5_000 });
  if (host.error !== null) return <ErrorPanel error={host.error.data} onRetry={() => void host.refetch()} />;
  return host.data === undefined ? (
    <Skeleton height={240} animate={false} />
  ) : (
    <HandoverSection host={host.data} />
  );
}
