import type { ReactNode } from 'react';

const kindOf = (line: string): string => {
  if (line.startsWith('@@')) return 'hunk';
  if (line.startsWith('+++') || line.startsWith('---')) return 'head';
  if (line.startsWith('+')) return 'added';
  return line.startsWith('-') ? 'removed' : 'same';
};

/** A unified diff, or any text, with what is added and removed marked by sign and colour. */
export function DiffView({ text, label }: { text: string; label: string }): ReactNode {
  return (
    <pre className="bc-diff" tabIndex={0} aria-label={label}>
      {text
        .replace(/\n$/, '')
        .split('\n')
        .map((line, index) => (
          <span key={index} data-kind={kindOf(line)}>
            {line === '' ? ' ' : line}
          </span>
        ))}
    </pre>
  );
}
