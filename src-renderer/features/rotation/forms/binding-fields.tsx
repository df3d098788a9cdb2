import { NumberInput, Stack, Textarea, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useT } from '../../../app/i18n.tsx';
import { Disclosure } from '../../../ui/disclosure.tsx';
import { badFields, type Binding } from './binding.ts';

interface BindingFieldsProps {
  readonly value: Binding;
  readonly onChange: (value: Binding) => void;
}

/** How new secret_ids are bound; folded, for most are not. */
export function BindingFields({ value, onChange }: BindingFieldsProps): ReactNode {
  const t = useT();
  const bad = new Set(badFields(value));
  const problem = (field: keyof Binding): ReactNode =>
    bad.has(field) ? t(`rotation.bind.${field}Bad`) : null;
  return (
    <Disclosure label={t('rotation.bind')}>
      <Stack gap="sm">
        <NumberInput
          size="sm"
          maw={220}
          label={t('rotation.bind.uses')}
          description={t('rotation.bind.usesHint')}
          value={value.uses}
          min={0}
          max={1_000_000}
          allowDecimal={false}
          allowNegative={false}
          error={problem('uses')}
          onChange={(uses) => onChange({ ...value, uses: Number(uses) })}
        />
        <Textarea
          size="sm"
          autosize
          minRows={1}
          maxRows={6}
          spellCheck={false}
          label={t('rotation.bind.cidrs')}
          description={t('rotation.bind.cidrsHint')}
          value={value.cidrs}
          error={problem('cidrs')}
          onChange={(event) => onChange({ ...value, cidrs: event.currentTarget.value })}
        />
        <TextInput
          maw={220}
          spellCheck={false}
          autoComplete="off"
          label={t('rotation.bind.wrapTtl')}
          description={t('rotation.bind.wrapTtlHint')}
          value={value.wrapTtl}
          error={problem('wrapTtl')}
          onChange={(event) => onChange({ ...value, wrapTtl: event.currentTarget.value.trim() })}
        />
      </Stack>
    </Disclosure>
  );
}
