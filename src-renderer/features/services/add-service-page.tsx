import { Button, Group, Skeleton } from '@mantine/core';
import { IconBox, IconServer } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import * as z from 'zod';
import type { ServiceAdd } from '../../../shared/contract/services.ts';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { Choices } from '../../ui/choice.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Fields } from '../../ui/fields.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { Why } from '../../ui/why.tsx';
import { Wizard } from '../../ui/wizard.tsx';
import { WizardButtons } from '../../ui/wizard-buttons.tsx';
import { OperationView } from '../operations/operation-view.tsx';
import { PlanRunner } from '../operations/plan-runner.tsx';
import { useSettled } from '../operations/use-live-check.ts';
import { WatchStep } from '../operations/watch-step.tsx';
import { addFields } from './add-fields.ts';
import { IdentityPreview } from './identity-preview.tsx';
import { takeProposals } from './proposals.ts';
import { ReloadFields } from './reload-fields.tsx';

const steps = ['who', 'where', 'plan', 'watch', 'proof'] as const;
type Step = (typeof steps)[number];

const isInput = (value: unknown): value is ServiceAdd =>
  typeof value === 'object' && value !== null && 'serviceName' in value && 'certPath' in value;
const draftSchema = z.object({
  step: z.enum(steps),
  input: z.custom<ServiceAdd>(isInput),
  operationId: z.string().optional(),
  /** What was proposed when paths were last taken over. */
  proposed: z.custom<ServiceAdd>(isInput).optional(),
});

/** Name, place, plan, steps, proof: a new service with its identity, its credentials and its first certificate. */
export function AddServicePage(): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const defaults = useProcedure('services.defaults', {}, { staleTime: 0 });
  const draft = useDraft('service.add', draftSchema);
  const kept: {
    step: Step;
    input: ServiceAdd | undefined;
    operationId?: string | undefined;
    proposed?: ServiceAdd | undefined;
  } = draft.value ?? { step: 'who', input: defaults.data };
  const { step, input, operationId } = kept;
  const proposed = kept.proposed ?? defaults.data;
  const name = input?.serviceName ?? '';
  const named = useProcedure(
    'services.defaults',
    { serviceName: name.slice(0, 63) },
    { enabled: name !== '' && step === 'who', keep: true },
  );
  const settled = useSettled(input);
  const check = useProcedure(
    'services.check',
    { input: settled.value },
    { enabled: settled.value !== undefined && (step === 'who' || step === 'where'), keep: true },
  );
  if (defaults.error !== null && input === undefined) {
    return (
      <div className="bc-page">
        <ErrorPanel error={defaults.error.data} onRetry={() => void defaults.refetch()} />
      </div>
    );
  }
  if (input === undefined || !draft.loaded) {
    return (
      <div className="bc-page">
        <Skeleton height={240} animate={false} />
      </div>
    );
  }
  const go = (next: Step, id = operationId): void =>
    draft.set({
      step: next,
      input,
      ...(id === undefined ? {} : { operationId: id }),
      ...(proposed === undefined ? {} : { proposed }),
    });
  const change = (next: ServiceAdd): void =>
    draft.set({ step, input: next, ...(proposed === undefined ? {} : { proposed }) });
  const onward = (): void => {
    if (named.data === undefined || proposed === undefined) return go('where');
    draft.set({ step: 'where', input: takeProposals(input, proposed, named.data), proposed: named.data });
  };
  const fields = addFields(t);
  const all = check.data?.problems ?? [];
  // An empty name is no mistake before anything was typed.
  const problems = all.filter(({ field }) => !(field === 'serviceName' && input.serviceName === ''));
  const errorsIn = (group: readonly { path: string }[]): boolean =>
    all.some(({ field, level }) => level === 'error' && group.some(({ path }) => path === field));
  const waiting = !settled.settled || check.isPending;
  const position = steps.indexOf(step);
  const frame = {
    title: t('services.add.title'),
    current: step,
    heading: t(`services.add.heading.${step}`),
    lead: t(`services.add.lead.${step}`),
    onGo: (id: string) => go(steps.find((each) => each === id) ?? 'who'),
    steps: steps.map((id, index) => ({
      id,
      title: t(`services.add.step.${id}`),
      reachable: operationId === undefined && index < position,
    })),
  };
  const form = { input, problems, onChange: change };
  const identity = check.data?.identity ?? '';
  if (step === 'who') {
    return (
      <Wizard
        {...frame}
        footer={
          <WizardButtons
            onBack={() => void navigate({ to: '/services' })}
            onNext={onward}
            disabled={
              waiting ||
              input.serviceName === '' ||
              named.isPlaceholderData ||
              named.isFetching ||
              errorsIn(fields.who)
            }
          />
        }
      >
        {check.error === null ? null : (
          <ErrorPanel error={check.error.data} onRetry={() => void check.refetch()} />
        )}
        <Fields {...form} fields={fields.who} />
        <IdentityPreview identity={identity} />
        <Why>{t('services.add.identityWhy')}</Why>
      </Wizard>
    );
  }
  if (step === 'where') {
    return (
      <Wizard
        {...frame}
        footer={
          <WizardButtons
            onBack={() => go('who')}
            onNext={() => go('plan')}
            nextLabel={t('ui.seePlan')}
            disabled={waiting || all.some(({ level }) => level === 'error')}
          />
        }
      >
        {check.error === null ? null : (
          <ErrorPanel error={check.error.data} onRetry={() => void check.refetch()} />
        )}
        <Choices
          label={t('services.deploy')}
          value={input.deployType}
          onChange={(deployType) => change({ ...input, deployType })}
          choices={[
            {
              value: 'daemon',
              icon: IconServer,
              title: t('services.deployType.daemon'),
              text: t('services.add.daemonText'),
            },
            {
              value: 'docker',
              icon: IconBox,
              title: t('services.deployType.docker'),
              text: t('services.add.dockerText'),
            },
          ]}
        />
        {input.deployType === 'docker' ? (
          <Fields
            {...form}
            fields={[
              {
                path: 'containerName',
                label: t('services.add.container'),
                hint: t('services.add.containerHint'),
                mono: true,
                optional: true,
              },
            ]}
          />
        ) : null}
        <Fields {...form} fields={fields.where} />
        <ReloadFields {...form} />
        <Disclosure open={errorsIn(fields.more)} label={t('services.add.more')}>
          <Fields {...form} fields={fields.more} />
        </Disclosure>
        <IdentityPreview identity={identity} />
      </Wizard>
    );
  }
  if (step === 'plan' || operationId === undefined) {
    return (
      <Wizard {...frame}>
        <PlanRunner
          request={{ kind: 'service.add', input }}
          cancelLabel={t('ui.back')}
          onCancel={() => go('where')}
          onStarted={({ id }) => go('watch', id)}
        />
      </Wizard>
    );
  }
  if (step === 'watch') {
    return (
      <Wizard {...frame}>
        <WatchStep id={operationId} onDone={() => go('proof')} />
      </Wizard>
    );
  }
  const id = input.registrationId ?? input.serviceName;
  return (
    <Wizard {...frame}>
      <Group gap="xs">
        <Button
          size="sm"
          onClick={() => {
            draft.clear();
            void navigate({ to: '/services/$id', params: { id } });
          }}
        >
          {t('services.add.toService')}
        </Button>
        <Button
          size="sm"
          variant="default"
          onClick={() => {
            if (defaults.data !== undefined) draft.set({ step: 'who', input: defaults.data });
          }}
        >
          {t('services.add.another')}
        </Button>
      </Group>
      <OperationView id={operationId} />
    </Wizard>
  );
}
