import { Button, Group } from '@mantine/core';
import { IconCertificate, IconCertificate2 } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useT } from '../../../app/i18n.tsx';
import { Choices } from '../../../ui/choice.tsx';
import { Section } from '../../../ui/section.tsx';

type Mode = 'intermediate-only' | 'full';

/** What is to be replaced, while no rotation is under way. */
export function BeginSection({ onPlan }: { onPlan: (mode: Mode) => void }): ReactNode {
  const t = useT();
  const [mode, setMode] = useState<Mode>('intermediate-only');
  return (
    <Section title={t('caKey.what')}>
      <Choices
        label={t('caKey.what')}
        value={mode}
        onChange={setMode}
        choices={[
          {
            value: 'intermediate-only',
            icon: IconCertificate,
            title: t('caKey.mode.intermediate'),
            text: t('caKey.modeText.intermediate'),
          },
          {
            value: 'full',
            icon: IconCertificate2,
            title: t('caKey.mode.full'),
            text: t('caKey.modeText.full'),
          },
        ]}
      />
      <Group justify="flex-end" mt="md">
        <Button size="sm" onClick={() => onPlan(mode)}>
          {t('ui.seePlan')}
        </Button>
      </Group>
    </Section>
  );
}
