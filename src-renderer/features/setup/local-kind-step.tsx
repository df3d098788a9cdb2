import { IconBuildingBank, IconFlask } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { SetupLocal } from '../../../shared/contract/setup.ts';
import { useT } from '../../app/i18n.tsx';
import { Choices } from '../../ui/choice.tsx';
import { Why } from '../../ui/why.tsx';

interface LocalKindStepProps {
  readonly kind: SetupLocal['kind'];
  readonly onChange: (kind: SetupLocal['kind']) => void;
}

export function LocalKindStep({ kind, onChange }: LocalKindStepProps): ReactNode {
  const t = useT();
  return (
    <>
      <Choices
        label={t('setup.kindQuestion')}
        value={kind}
        onChange={onChange}
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
    </>
  );
}
