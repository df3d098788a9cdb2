import { Checkbox, Radio, Stack, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useWindowed } from '../../../app/use-windowed.ts';
import { useT } from '../../../app/i18n.tsx';
import { useWords } from '../../../format/words.ts';
import { ErrorPanel } from '../../../ui/error-panel.tsx';

export type ServiceSelection = 'all' | readonly string[];

interface ServiceChoiceProps {
  readonly value: ServiceSelection;
  readonly onChange: (value: ServiceSelection) => void;
  /** Also none may be chosen, because something else can be. */
  readonly noneLabel?: string;
}

/** All services or some of them; a thousand are searched, not scrolled. */
export function ServiceChoice({ value, onChange, noneLabel }: ServiceChoiceProps): ReactNode {
  const t = useT();
  const words = useWords();
  const [some, setSome] = useState(value !== 'all');
  const all = useWindowed('services.list', { search: '', sort: 'name', descending: false });
  const choose = (next: string): void => {
    setSome(next === 'some');
    onChange(next === 'all' ? 'all' : []);
  };
  const chosen = value === 'all' ? [] : value;
  return (
    <Stack gap="sm">
      <Radio.Group
        label={t('rotation.form.which')}
        value={value === 'all' ? 'all' : some ? 'some' : 'none'}
        onChange={choose}
      >
        <Stack gap={6} mt={6}>
          <Radio
            value="all"
            label={
              all.first?.total === undefined
                ? t('rotation.form.all')
                : t('rotation.form.allOf', { count: words.number(all.first?.total) })
            }
          />
          <Radio value="some" label={t('rotation.form.some')} />
          {noneLabel === undefined ? null : <Radio value="none" label={noneLabel} />}
        </Stack>
      </Radio.Group>
      {some ? <ServicePicker chosen={chosen} onChange={onChange} /> : null}
    </Stack>
  );
}

const rowHeight = 30;

interface ServicePickerProps {
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

function ServicePicker({ chosen, onChange }: ServicePickerProps): ReactNode {
  const t = useT();
  const words = useWords();
  const [search, setSearch] = useState('');
  const [settled] = useDebouncedValue(search.trim().slice(0, 200), 150);
  const list = useWindowed('services.list', { search: settled, sort: 'name', descending: false });
  const scroll = useRef<HTMLDivElement>(null);
  const count = list.first?.matching ?? 0;
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items[items.length - 1]?.index ?? 0;
  const { onRange } = list;
  useEffect(() => onRange(first, last), [onRange, first, last]);
  const picked = new Set(chosen);
  const toggle = (id: string): void =>
    onChange(picked.has(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
  return (
    <Stack gap={6}>
      <TextInput
        type="search"
        aria-label={t('services.search')}
        placeholder={t('services.search')}
        leftSection={<IconSearch size={15} />}
        value={search}
        maxLength={200}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      {list.error === null ? null : <ErrorPanel error={list.error.data} onRetry={list.refetch} />}
      <div ref={scroll} className="bc-picker" role="group" aria-label={t('nav.services')} tabIndex={-1}>
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map((item) => {
            const service = list.rowAt(item.index);
            return (
              <div
                key={item.key}
                className="bc-picker-row"
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              >
                {service === undefined ? (
                  <span className="bc-ghost" />
                ) : (
                  <Checkbox
                    size="xs"
                    checked={picked.has(service.id)}
                    label={service.id}
                    onChange={() => toggle(service.id)}
                  />
                )}
              </div>
            );
          })}
        </div>
      </div>
      <span className="bc-muted" role="status">
        {t('rotation.form.chosen', { count: chosen.length, all: words.number(list.first?.total ?? 0) })}
      </span>
    </Stack>
  );
}
