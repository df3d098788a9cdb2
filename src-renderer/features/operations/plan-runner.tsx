import { Skeleton, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Operation } from '../../../shared/contract/operations.ts';
import { useMutationProcedure, useProcedure } from '../../app/procedures.ts';
import { Age } from '../../ui/age.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PlanView } from './plan-view.tsx';

export interface PlanRequest {
  readonly kind: string;
  readonly input: unknown;
}

interface PlanRunnerProps {
  readonly request: PlanRequest;
  readonly onStarted: (operation: Operation) => void;
  readonly onCancel: () => void;
  readonly cancelLabel?: string;
}

/** Asks for the plan, shows it, and starts exactly what was shown. A world that has changed meanwhile is shown anew. */
export function PlanRunner({ request, onStarted, onCancel, cancelLabel }: PlanRunnerProps): ReactNode {
  // It does not change under the eyes of who reads it, and who comes again sees the world of then.
  const plan = useProcedure('operations.plan', { ...request }, { staleTime: Infinity, forget: true });
  const start = useMutationProcedure('operations.start', ['operations.list']);
  const [since] = useState(() => Date.now());
  if (plan.error !== null) {
    return <ErrorPanel error={plan.error.data} onRetry={() => void plan.refetch()} />;
  }
  if (plan.data === undefined || plan.isRefetching) {
    return (
      <div role="status" className="bc-skeletons">
        <Skeleton height={22} width="80%" animate={false} />
        <Skeleton height={16} width="60%" animate={false} />
        <Skeleton height={16} width="70%" animate={false} />
        <Text size="xs" c="dimmed">
          <Age since={since} />
        </Text>
      </div>
    );
  }
  const { digest } = plan.data;
  return (
    <>
      {start.error === null ? null : (
        <ErrorPanel
          error={start.error.data}
          onRetry={() => {
            start.reset();
            void plan.refetch();
          }}
        />
      )}
      <PlanView
        key={digest}
        plan={plan.data}
        busy={start.isPending}
        onCheckAgain={() => void plan.refetch()}
        onCancel={onCancel}
        {...(cancelLabel === undefined ? {} : { cancelLabel })}
        onConfirm={(secrets, typed) =>
          start.mutate(
            { ...request, digest, secrets, ...(typed === undefined ? {} : { typed }) },
            { onSuccess: onStarted },
          )
        }
      />
    </>
  );
}
