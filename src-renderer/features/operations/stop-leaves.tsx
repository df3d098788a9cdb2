import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Operation } from '../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../app/i18n.tsx';

/** What a stop at the next safe point would leave in effect, and whether an undo could take it back. */
export function StopLeaves({ operation: { steps } }: { operation: Operation }): ReactNode {
  const t = useT();
  const say = useMessage();
  // What was there before the operation is neither left by it nor taken back.
  const begun = steps.filter(({ state }) => state === 'done' || state === 'running');
  const final = begun.find(({ undoable }) => !undoable);
  const done = begun.filter(({ state }) => state === 'done').length;
  const sentence =
    final !== undefined
      ? t('operation.stopFinal', { step: say(final.title) })
      : done === 0
        ? t('operation.stopLeavesNone')
        : t('operation.stopLeaves', { count: done });
  return (
    <Text size="sm" c="dimmed">
      {sentence}
    </Text>
  );
}
