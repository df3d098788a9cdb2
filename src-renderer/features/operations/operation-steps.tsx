import { Text } from '@mantine/core';
import {
  IconArrowBackUp,
  IconCheck,
  IconCircleDashed,
  IconHelp,
  IconLoader2,
  IconMinus,
  IconX,
  type Icon,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Operation, OperationLog, StepState } from '../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useNow } from '../../app/now.ts';
import { useWords } from '../../format/words.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { LogLines } from './log-lines.tsx';
import { isUnderWay } from './records.ts';

/** How a step is shown: one that ran when the operation was cut off is not sure. */
type Shown = StepState | 'uncertain';

const icons: Record<Shown, Icon> = {
  uncertain: IconHelp,
  waiting: IconCircleDashed,
  running: IconLoader2,
  done: IconCheck,
  skipped: IconMinus,
  failed: IconX,
  undoing: IconLoader2,
  undone: IconArrowBackUp,
};

interface OperationStepsProps {
  readonly operation: Operation;
  readonly logs: readonly OperationLog[];
}

/** The steps as a vertical line with their times and logs; the present one is open. */
export function OperationSteps({ operation, logs }: OperationStepsProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  const now = useNow();
  return (
    <ol className="bc-steps">
      {operation.steps.map((step) => {
        const shown: Shown =
          !isUnderWay(operation) && (step.state === 'running' || step.state === 'undoing')
            ? 'uncertain'
            : step.state;
        const Icon = icons[shown];
        const lines = logs.filter(({ stepId }) => stepId === step.id);
        const active = ['running', 'undoing', 'failed', 'uncertain'].includes(shown);
        const head = (
          <span className="bc-step-head">
            <span>{say(step.title)}</span>
            <span className="bc-hidden">{t(`stepState.${shown}`)}</span>
            {shown === 'skipped' || shown === 'uncertain' ? (
              <span className="bc-muted" aria-hidden>
                {t(`stepState.${shown}`)}
              </span>
            ) : null}
            {step.startedAt === undefined || shown === 'uncertain' ? null : (
              <span className="bc-muted bc-number">
                {words.duration(
                  (step.endedAt ?? operation.endedAt ?? Math.max(now, step.startedAt)) - step.startedAt,
                )}
              </span>
            )}
          </span>
        );
        return (
          <li key={step.id} data-state={shown} aria-current={active ? 'step' : undefined}>
            <span className="bc-step-mark">
              <Icon size={15} stroke={2.2} aria-hidden />
            </span>
            {lines.length === 0 ? (
              <div className="bc-step-plain">{head}</div>
            ) : (
              <Disclosure key={`${step.id} ${active}`} label={head} open={active}>
                <LogLines lines={lines} />
              </Disclosure>
            )}
          </li>
        );
      })}
      {operation.steps.length === 0 ? <Text c="dimmed">{t('operation.noSteps')}</Text> : null}
    </ol>
  );
}
