import { Button } from '@mantine/core';
import { IconTool } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Oddity } from '../../../shared/contract/adopt.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Mono } from '../../ui/mono.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import type { Status } from '../../ui/status.ts';
import { usePlanner } from '../operations/planner.tsx';

const statusOf: Record<Oddity['severity'], Status> = {
  critical: 'failed',
  warning: 'due',
  notice: 'unknown',
};

/** A path below the work directory without it. */
export const below = (path: string, root: string): string =>
  path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;

/** What is odd, the worst first, each with its reason and the operation that mends it. */
export function OddityList({
  oddities,
  root,
}: {
  readonly oddities: readonly Oddity[];
  readonly root: string;
}): ReactNode {
  const t = useT();
  const say = useMessage();
  const plan = usePlanner();
  return (
    <ul className="bc-proofs">
      {oddities.map(({ id, severity, what, text, diff, remedy }) => (
        <li key={id}>
          <StatusBadge status={statusOf[severity]} label={t(`adopt.severity.${severity}`)} />
          <div>
            <Mono value={below(what, root)} length={90} />
            <div className="bc-muted">{say(text)}</div>
            {diff === undefined ? null : (
              <Disclosure label={t('adopt.difference')}>
                <DiffView text={diff} label={t('adopt.difference')} />
              </Disclosure>
            )}
          </div>
          {remedy === undefined ? null : (
            <Button
              variant="default"
              leftSection={<IconTool size={15} aria-hidden />}
              onClick={() => plan({ kind: remedy.kind, input: remedy.input })}
            >
              {say(remedy.label)}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
