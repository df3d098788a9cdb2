import { Button, Menu, UnstyledButton } from '@mantine/core';
import { IconFilter, IconX } from '@tabler/icons-react';
import { Fragment, type ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';
import { chipsOf, toggled, type Facet, type Filters } from './filters.ts';

interface FilterBarProps {
  readonly facets: readonly Facet[];
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
  /** Stands behind the chips, for example the saved views. */
  readonly children?: ReactNode;
}

/** What narrows a list: a menu of all facets, and a chip for each value that was chosen. */
export function FilterBar({ facets, filters, onChange, children }: FilterBarProps): ReactNode {
  const t = useT();
  const chips = chipsOf(facets, filters);
  return (
    <div className="bc-list-bar">
      <Menu position="bottom-start">
        <Menu.Target>
          <Button variant="default" leftSection={<IconFilter size={14} />}>
            {t('list.filter')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {facets.map(({ id, label, options }) => (
            <Fragment key={id}>
              <Menu.Label>{label}</Menu.Label>
              {options.map((option) => (
                <Menu.CheckboxItem
                  key={option.value}
                  checked={filters[id]?.includes(option.value) === true}
                  onChange={() => onChange(toggled(filters, id, option.value))}
                >
                  {option.label}
                </Menu.CheckboxItem>
              ))}
            </Fragment>
          ))}
        </Menu.Dropdown>
      </Menu>
      {chips.length === 0 ? null : (
        <ul className="bc-chips" aria-label={t('list.filters')}>
          {chips.map(({ facet, value, label }) => (
            <li key={`${facet} ${value}`}>
              <UnstyledButton
                className="bc-chip"
                aria-label={t('list.removeFilter', { label })}
                onClick={() => onChange(toggled(filters, facet, value))}
              >
                {label}
                <IconX size={13} aria-hidden />
              </UnstyledButton>
            </li>
          ))}
        </ul>
      )}
      {chips.length === 0 ? null : (
        <Button variant="subtle" color="gray" onClick={() => onChange({})}>
          {t('list.clearFilters')}
        </Button>
      )}
      {children}
    </div>
  );
}
