import { NumberInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useT } from '../../../app/i18n.tsx';
import { FormFrame } from './form-frame.tsx';
import type { TargetFormProps } from './target-form.ts';

/** Longest overlap, minutes. */
const most = 1440;

/** The responder's secret: whether the old one is accepted for a while. */
export function HmacForm(props: TargetFormProps): ReactNode {
  const t = useT();
  const [minutes, setMinutes] = useState<number | string>(0);
  const good = typeof minutes === 'number' && Number.isInteger(minutes) && minutes >= 0 && minutes <= most;
  return (
    <FormFrame
      {...props}
      input={good ? { overlapMinutes: minutes } : undefined}
      words={good && minutes > 0 ? ['--overlap-minutes', String(minutes)] : []}
    >
      <NumberInput
        size="sm"
        label={t('rotation.overlap')}
        description={t(minutes === 0 ? 'rotation.overlap.none' : 'rotation.overlap.some')}
        value={minutes}
        min={0}
        max={most}
        allowDecimal={false}
        allowNegative={false}
        onChange={setMinutes}
      />
    </FormFrame>
  );
}
