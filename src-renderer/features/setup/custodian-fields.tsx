import { TextInput, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { Why } from '../../ui/why.tsx';

interface CustodianFieldsProps {
  readonly names: readonly string[];
  readonly onChange: (names: string[]) => void;
}

/** Who keeps which unseal key share. */
export function CustodianFields({ names, onChange }: CustodianFieldsProps): ReactNode {
  const t = useT();
  return (
    <div className="bc-section">
      <Title order={3} mb="xs">
        {t('setup.custodians')}
      </Title>
      <div className="bc-fields">
        {names.map((name, index) => (
          <TextInput
            key={index}
            label={t('setup.custodianOf', { index: index + 1, count: names.length })}
            maxLength={60}
            value={name}
            error={name.trim() === '' ? t('setup.custodianMissing') : null}
            onChange={(event) =>
              onChange(names.map((each, at) => (at === index ? event.currentTarget.value : each)))
            }
          />
        ))}
      </div>
      <Why>{t('setup.custodiansWhy')}</Why>
    </div>
  );
}
