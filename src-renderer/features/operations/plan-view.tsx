import { Button, Text, TextInput, Title } from '@mantine/core';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { Plan } from '../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Why } from '../../ui/why.tsx';
import { EffectGroup } from './effect-group.tsx';
import { groupEffects } from './effects.ts';
import { ImpactSection } from './impact/impact-section.tsx';
import { PreconditionList } from './precondition-list.tsx';
import { SecretFields } from './secret-fields.tsx';
import { areComplete, valuesOf, type TypedSecrets } from './secrets.ts';

interface PlanViewProps {
  readonly plan: Plan;
  readonly busy: boolean;
  readonly onConfirm: (secrets: Record<string, string>, typed: string | undefined) => void;
  readonly onCancel: () => void;
  readonly cancelLabel?: string;
  /** Asks for the plan anew: what stood in the way may be gone. */
  readonly onCheckAgain: () => void;
}

/** What would happen, exactly; nothing happens before the button that names it is pressed. Cancel has the focus. */
export function PlanView({
  plan,
  busy,
  onConfirm,
  onCancel,
  cancelLabel,
  onCheckAgain,
}: PlanViewProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  const [secrets, setSecrets] = useState<TypedSecrets>({});
  const [typed, setTyped] = useState('');
  const cancel = useRef<HTMLButtonElement>(null);
  // The plan arrives after the dialog has taken the focus, or before: then the dialog looks for `data-autofocus`.
  useEffect(() => cancel.current?.focus({ preventScroll: true }), []);
  const groups = useMemo(() => groupEffects(plan), [plan]);
  const blocked = plan.preconditions.filter(({ met }) => !met).length;
  const ready =
    blocked === 0 &&
    areComplete(plan.secretInputs, secrets) &&
    (plan.confirm.typed === undefined || typed === plan.confirm.typed);
  const confirm = (): void => {
    if (ready && !busy) onConfirm(valuesOf(secrets), plan.confirm.typed === undefined ? undefined : typed);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) confirm();
  };
  return (
    <div className="bc-plan" onKeyDown={onKeyDown}>
      <Title order={3}>{say(plan.title)}</Title>
      <p className="bc-plan-summary">{say(plan.summary)}</p>
      <PreconditionList preconditions={plan.preconditions} />
      {groups.length === 0 && blocked === 0 ? <Text c="dimmed">{t('plan.noEffect')}</Text> : null}
      {groups.map(({ kind, effects }) => (
        <EffectGroup key={kind} kind={kind} effects={effects} />
      ))}
      <Disclosure
        label={
          <span className="bc-group">
            <strong>{t('plan.steps')}</strong>
            <span className="bc-count">{words.number(plan.steps.length)}</span>
          </span>
        }
      >
        <ol className="bc-plan-steps">
          {plan.steps.map((step) => (
            <li key={step.id}>
              {say(step.title)}
              {step.undoable ? null : <span className="bc-final">{t('plan.final')}</span>}
            </li>
          ))}
        </ol>
      </Disclosure>
      {groups.length === 0 ? null : (
        <Disclosure label={<strong>{t('impact.title')}</strong>}>
          <ImpactSection plan={plan} />
        </Disclosure>
      )}
      {plan.secretInputs.length === 0 ? null : (
        <div className="bc-plan-secrets">
          <SecretFields inputs={plan.secretInputs} typed={secrets} onChange={setSecrets} />
          <Why>{t('plan.secretWhy')}</Why>
        </div>
      )}
      {plan.confirm.typed === undefined ? null : (
        <TextInput
          mt="md"
          maw={420}
          label={t('plan.typeToConfirm', { text: plan.confirm.typed })}
          description={t('plan.typeWhy')}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      <div className="bc-plan-footer">
        <Text size="xs" c="dimmed">
          {blocked > 0 ? t('plan.blocked', { count: blocked }) : t('plan.nothingYet')}
        </Text>
        <div className="bc-tools">
          {blocked > 0 ? (
            <Button variant="default" size="sm" onClick={onCheckAgain}>
              {t('plan.checkAgain')}
            </Button>
          ) : null}
          <Button variant="default" size="sm" ref={cancel} data-autofocus onClick={onCancel}>
            {cancelLabel ?? t('ui.cancel')}
          </Button>
          <Button size="sm" disabled={!ready} loading={busy} onClick={confirm}>
            {say(plan.confirm.verb)}
          </Button>
        </div>
      </div>
    </div>
  );
}
