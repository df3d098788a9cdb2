import { UnstyledButton } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { KeyboardEvent, ReactNode } from 'react';

export interface Choice<T extends string> {
  readonly value: T;
  readonly icon: Icon;
  readonly title: string;
  readonly text: string;
}

interface ChoicesProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly onChange: (value: T) => void;
}

/** One of a few with a sentence each. Arrow keys move as in any radio group. */
export function Choices<T extends string>({ label, value, choices, onChange }: ChoicesProps<T>): ReactNode {
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at =
      (choices.findIndex((choice) => choice.value === value) + step + choices.length) % choices.length;
    const next = choices[at];
    if (next !== undefined) onChange(next.value);
    const buttons = event.currentTarget.querySelectorAll<HTMLElement>('[role="radio"]');
    buttons[at]?.focus();
  };
  return (
    <div className="bc-choices" role="radiogroup" aria-label={label} onKeyDown={onKeyDown}>
      {choices.map(({ value: each, icon: Icon, title, text }) => (
        <UnstyledButton
          key={each}
          role="radio"
          aria-checked={each === value}
          tabIndex={each === value ? 0 : -1}
          className="bc-choice"
          onClick={() => onChange(each)}
        >
          <Icon size={24} stroke={1.5} aria-hidden />
          <strong>{title}</strong>
          <span className="bc-choice-text">{text}</span>
        </UnstyledButton>
      ))}
    </div>
  );
}
