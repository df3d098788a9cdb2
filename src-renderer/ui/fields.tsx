import { NumberInput, Select, Textarea, TextInput, UnstyledButton } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import type { FieldProblem } from '../../shared/contract/setup.ts';
import { useMessage, useT } from '../app/i18n.tsx';
import { valueAt, withValueAt } from '../format/path.ts';

/** One field of a wizard: its place in the input, a sentence about it, how it is entered. */
export interface FieldSpec {
  readonly path: string;
  readonly label: string;
  readonly hint?: string;
  readonly as?: 'text' | 'number' | 'select' | 'lines';
  readonly options?: readonly { readonly value: string; readonly label: string }[];
  readonly min?: number;
  readonly max?: number;
  /** Over the whole width. */
  readonly wide?: boolean;
  readonly mono?: boolean;
  /** An empty text is left out of the input. */
  readonly optional?: boolean;
}

interface FieldsProps<T> {
  readonly fields: readonly FieldSpec[];
  readonly input: T;
  readonly problems: readonly FieldProblem[];
  readonly onChange: (input: T) => void;
}

/** Fields in columns, each with its live check; a proposal is taken with one click. */
export function Fields<T>({ fields, input, problems, onChange }: FieldsProps<T>): ReactNode {
  return (
    <div className="bc-fields">
      {fields.map((field) => (
        <div key={field.path} className={field.wide === true ? 'bc-field-wide' : undefined}>
          <Field
            field={field}
            value={valueAt(input, field.path)}
            problems={problems.filter((problem) => problem.field === field.path)}
            onChange={(value) => onChange(withValueAt(input, field.path, value))}
          />
        </div>
      ))}
    </div>
  );
}

interface FieldProps {
  readonly field: FieldSpec;
  readonly value: unknown;
  readonly problems: readonly FieldProblem[];
  readonly onChange: (value: unknown) => void;
}

function Field({ field, value, problems, onChange }: FieldProps): ReactNode {
  const id = useId();
  const errors = problems.filter(({ level }) => level === 'error');
  const warnings = problems.filter(({ level }) => level === 'warning');
  const common = {
    id,
    label: field.label,
    description: field.hint ?? null,
    spellCheck: false,
    autoComplete: 'off',
    error: errors.length === 0 ? null : <Problems problems={errors} onTake={onChange} />,
    ...(field.mono === true
      ? { styles: { input: { fontFamily: 'var(--mantine-font-family-monospace)' } } }
      : {}),
  };
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return (
    <>
      {field.as === 'number' ? (
        <NumberInput
          {...common}
          size="sm"
          value={typeof value === 'number' ? value : ''}
          min={field.min ?? 0}
          max={field.max ?? 65_535}
          allowDecimal={false}
          allowNegative={false}
          onChange={(next) => onChange(typeof next === 'number' ? next : Number(next))}
        />
      ) : field.as === 'select' ? (
        <Select
          {...common}
          size="sm"
          allowDeselect={false}
          checkIconPosition="right"
          value={text}
          data={(field.options ?? []).map((option) => ({ ...option }))}
          onChange={(next) => onChange(next ?? text)}
        />
      ) : field.as === 'lines' ? (
        <Textarea
          {...common}
          size="sm"
          autosize
          minRows={2}
          maxRows={8}
          value={Array.isArray(value) ? value.join('\n') : text}
          onChange={(event) =>
            onChange(event.currentTarget.value.split('\n').map((line) => line.trimStart()))
          }
          onBlur={() => {
            if (Array.isArray(value)) onChange(value.map(String).filter((line) => line.trim() !== ''));
          }}
        />
      ) : (
        <TextInput
          {...common}
          value={text}
          onChange={(event) => {
            const next = event.currentTarget.value;
            onChange(field.optional === true && next === '' ? undefined : next);
          }}
        />
      )}
      {warnings.length === 0 ? null : (
        <div className="bc-problem-warning" role="status">
          <Problems problems={warnings} onTake={onChange} />
        </div>
      )}
    </>
  );
}

interface ProblemsProps {
  readonly problems: readonly FieldProblem[];
  readonly onTake: (value: string | number) => void;
}

function Problems({ problems, onTake }: ProblemsProps): ReactNode {
  const t = useT();
  const say = useMessage();
  return problems.map(({ message, proposal }, index) => (
    <span key={index} className="bc-problem">
      {say(message)}
      {proposal === undefined ? null : (
        <UnstyledButton className="bc-proposal" onClick={() => onTake(proposal)}>
          {t('ui.takeProposal', { value: proposal })}
        </UnstyledButton>
      )}
    </span>
  ));
}
