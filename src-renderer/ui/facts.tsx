import type { ReactNode } from 'react';

export interface Fact {
  readonly label: string;
  readonly value: ReactNode;
}

/** Names and values that line up. Facts without a value are left out. */
export function Facts({ facts }: { facts: readonly (Fact | undefined)[] }): ReactNode {
  return (
    <dl className="bc-facts">
      {facts.map((fact) =>
        fact === undefined || fact.value === undefined ? null : (
          <div key={fact.label}>
            <dt>{fact.label}</dt>
            <dd>{fact.value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
