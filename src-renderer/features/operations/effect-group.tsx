import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { LongList } from '../../ui/long-list.tsx';
import { EffectLine } from './effect-line.tsx';
import { matchingEffects, type EffectKind, type PlannedEffect } from './effects.ts';

/** Effects that are found by looking; more need a search. */
const lookable = 30;

interface EffectGroupProps {
  readonly kind: EffectKind;
  readonly effects: readonly PlannedEffect[];
}

/** The effects of one kind: few stand open, thousands are searched. */
export function EffectGroup({ kind, effects }: EffectGroupProps): ReactNode {
  const t = useT();
  const words = useWords();
  const [search, setSearch] = useState('');
  const name = t(`plan.group.${kind}`);
  const shown = matchingEffects(effects, search);
  return (
    <Disclosure
      open={effects.length <= 4}
      label={
        <span className="bc-group">
          <strong>{name}</strong>
          <span className="bc-count">{words.number(effects.length)}</span>
        </span>
      }
    >
      {effects.length <= lookable ? null : (
        <div className="bc-tools">
          <TextInput
            type="search"
            w={300}
            aria-label={t('plan.searchGroup', { group: name })}
            placeholder={t('plan.searchGroup', { group: name })}
            leftSection={<IconSearch size={15} />}
            value={search}
            maxLength={200}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
          <span className="bc-muted" role="status">
            {t('ui.someOf', { some: words.number(shown.length), all: words.number(effects.length) })}
          </span>
        </div>
      )}
      <LongList
        key={search}
        label={name}
        count={shown.length}
        row={(index) => {
          const planned = shown[index];
          return planned === undefined ? null : <EffectLine planned={planned} />;
        }}
      />
    </Disclosure>
  );
}
