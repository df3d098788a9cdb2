import { Checkbox, Radio, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { EabStatus } from '../../../../shared/contract/eab.ts';
import { useT } from '../../../app/i18n.tsx';
import { useProcedure } from '../../../app/procedures.ts';
import { Why } from '../../../ui/why.tsx';
import { FormFrame } from './form-frame.tsx';
import type { TargetFormProps } from './target-form.ts';

/** The external account binding: given by the CA's operator, or cleared. The values themselves are asked for after the plan. */
export function EabForm(props: TargetFormProps): ReactNode {
  const t = useT();
  const status = useProcedure('eab.status', {});
  const [action, setAction] = useState('set');
  const [trial, setTrial] = useState(true);
  const set = action === 'set';
  return (
    <FormFrame
      {...props}
      input={set ? { action, trial } : { action }}
      words={set ? (trial ? [] : ['--no-trial']) : ['--clear']}
    >
      {status.data === undefined ? null : <Wanted status={status.data} />}
      <Radio.Group aria-label={t('rotation.target.eab')} value={action} onChange={setAction}>
        <Stack gap={6}>
          <Radio value="set" label={t('eab.ui.set')} />
          <Radio value="clear" label={t('eab.ui.clear')} />
        </Stack>
      </Radio.Group>
      {set ? (
        <Checkbox
          label={t('eab.ui.trial')}
          description={t('eab.ui.trialHint')}
          checked={trial}
          onChange={(event) => setTrial(event.currentTarget.checked)}
        />
      ) : null}
      <Why>{t('eab.ui.why')}</Why>
    </FormFrame>
  );
}

function Wanted({ status }: { status: EabStatus }): ReactNode {
  const t = useT();
  const { required, stepCa, kid, directoryUrl } = status;
  const word = required === undefined ? 'unknown' : required ? 'asked' : 'notAsked';
  return (
    <Stack gap={2} role="status">
      <Text size="sm">{t(`eab.ui.${word}`, { url: directoryUrl })}</Text>
      {stepCa === undefined || required === true ? null : (
        <Text size="sm">{t('cli.eab.step_ca', { version: stepCa })}</Text>
      )}
      {kid === undefined ? null : (
        <Text size="sm" c="dimmed">
          {kid === '' ? t('eab.ui.none') : t('eab.ui.kid', { kid })}
        </Text>
      )}
    </Stack>
  );
}
