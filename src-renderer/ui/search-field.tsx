import { Kbd, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useRef, type ReactNode } from 'react';
import { useSearchKey } from '../app/use-list-keys.ts';

interface SearchFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly label: string;
}

/** The search of a list. `/` jumps to it, `esc` leaves it. */
export function SearchField({ value, onChange, label }: SearchFieldProps): ReactNode {
  const field = useRef<HTMLInputElement>(null);
  useSearchKey(() => field.current?.focus());
  return (
    <TextInput
      ref={field}
      type="search"
      size="xs"
      w={300}
      aria-label={label}
      placeholder={label}
      value={value}
      maxLength={200}
      leftSection={<IconSearch size={15} />}
      rightSection={value === '' ? <Kbd size="xs">/</Kbd> : null}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        // The browser would empty the field; leaving it keeps what was searched.
        event.preventDefault();
        event.stopPropagation();
        event.currentTarget.blur();
      }}
    />
  );
}
