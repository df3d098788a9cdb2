import { PasswordInput } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SecretInput } from '../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { problemOf, type Typed, type TypedSecrets } from './secrets.ts';

interface SecretFieldsProps {
  readonly inputs: readonly SecretInput[];
  readonly typed: TypedSecrets;
  readonly onChange: (typed: TypedSecrets) => void;
}

/** Fields for the secrets of one run. They stay in this component's owner and are never kept. */
export function SecretFields({ inputs, typed, onChange }: SecretFieldsProps): ReactNode {
  const t = useT();
  const say = useMessage();
  return inputs.map((input) => {
    const now = typed[input.name] ?? { value: '', again: '' };
    const change = (part: Partial<Typed>): void => onChange({ ...typed, [input.name]: { ...now, ...part } });
    const problem = problemOf(input, now);
    return (
      <div key={input.name} className="bc-secret-fields">
        <PasswordInput
          label={say(input.label)}
          description={
            input.hint === undefined ? t('plan.secretMinLength', { count: input.minLength }) : say(input.hint)
          }
          autoComplete={input.fresh ? 'new-password' : 'off'}
          value={now.value}
          error={
            now.value !== '' && problem === 'too_short'
              ? t('plan.secretTooShort', { count: input.minLength })
              : null
          }
          onChange={(event) => change({ value: event.currentTarget.value })}
        />
        {input.fresh ? (
          <PasswordInput
            label={t('plan.secretAgain')}
            description={t('plan.secretAgainHint')}
            autoComplete="new-password"
            value={now.again}
            error={now.again !== '' && problem === 'differs' ? t('plan.secretDiffers') : null}
            onChange={(event) => change({ again: event.currentTarget.value })}
          />
        ) : null}
      </div>
    );
  });
}
