import { IconBox, IconBuildingBank, IconDeviceDesktop, IconFlask } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { SetupLocal } from '../../../shared/contract/setup.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { Choices } from '../../ui/choice.tsx';
import { Why } from '../../ui/why.tsx';
import { asRunner, runnerOf, type SetupInput } from './local-draft.ts';

interface LocalKindStepProps {
  readonly input: SetupInput;
  readonly onKind: (kind: SetupLocal['kind']) => void;
  readonly onChange: (input: SetupInput) => void;
}

export function LocalKindStep({ input, onKind, onChange }: LocalKindStepProps): ReactNode {
  const t = useT();
  return (
    <>
      <Choices
        label={t('setup.kindQuestion')}
        value={input.kind}
        onChange={onKind}
        choices={[
          { value: 'lab', icon: IconFlask, title: t('setup.lab'), text: t('setup.labText') },
          {
            value: 'production',
            icon: IconBuildingBank,
            title: t('setup.production'),
            text: t('setup.productionText'),
          },
        ]}
      />
      <Why>{t('setup.kindWhy')}</Why>
      <RunnerChoice input={input} onChange={onChange} />
    </>
  );
}

/** Containers are offered where an engine answers; where none does, the reason stands in their place. */
function RunnerChoice({ input, onChange }: Omit<LocalKindStepProps, 'onKind'>): ReactNode {
  const t = useT();
  const say = useMessage();
  const engine = useProcedure('setup.engine', {});
  const runner = runnerOf(input);
  const state = engine.data;
  if (state === undefined) return null;
  if (!state.ready && runner === 'local')
    return (
      <p className="bc-muted">
        {t('setup.noContainers')} {state.problem === undefined ? null : say(state.problem)}
      </p>
    );
  return (
    <>
      <Choices
        label={t('setup.runnerQuestion')}
        value={runner}
        onChange={(next) => onChange(asRunner(input, next))}
        choices={[
          {
            value: 'local',
            icon: IconDeviceDesktop,
            title: t('setup.runLocal'),
            text: t('setup.runLocalText'),
          },
          {
            value: 'compose',
            icon: IconBox,
            title: t('setup.runCompose'),
            text: state.problem === undefined ? t('setup.runComposeText') : say(state.problem),
          },
        ]}
      />
      <Why>{t('setup.runnerWhy')}</Why>
    </>
  );
}
