import { NumberInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useT } from '../../../app/i18n.tsx';
import { serviceWords } from '../command.ts';
import { FormFrame } from './form-frame.tsx';
import { ServiceChoice, type ServiceSelection } from './service-choice.tsx';
import type { TargetFormProps } from './target-form.ts';

/** Longest wait for remote hosts, minutes. */
const most = 1440;

/** New certificates: for which services, and how long to wait for remote hosts. */
export function ReissueForm(props: TargetFormProps): ReactNode {
  const t = useT();
  const [ids, setIds] = useState<ServiceSelection>('all');
  const [wait, setWait] = useState<number | string>(0);
  const minutes = Number(wait);
  const good = Number.isInteger(minutes) && minutes >= 0 && minutes <= most && ids.length > 0;
  return (
    <FormFrame
      {...props}
      input={good ? { ids, waitSeconds: minutes * 60 } : undefined}
      words={[...serviceWords(ids), ...(minutes > 0 ? ['--wait', '--wait-timeout', `${minutes}m`] : [])]}
    >
      <ServiceChoice value={ids} onChange={setIds} />
      <NumberInput
        size="sm"
        label={t('rotation.wait')}
        description={t('rotation.wait.hint')}
        value={wait}
        min={0}
        max={most}
        allowDecimal={false}
        allowNegative={false}
        onChange={setWait}
      />
    </FormFrame>
  );
}
