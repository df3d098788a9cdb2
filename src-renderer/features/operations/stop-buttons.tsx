import { Button } from '@mantine/core';
import { IconPlayerPause, IconPlayerStop } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Operation } from '../../../shared/contract/operations.ts';
import { useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { StopLeaves } from './stop-leaves.tsx';

/** Pause or stop at the next safe point, with what that leaves. Gone when the operation rests, so that another run begins anew. */
export function StopButtons({ operation }: { operation: Operation }): ReactNode {
  const t = useT();
  const pause = useMutationProcedure('operations.pause', ['operations.list']);
  const cancel = useMutationProcedure('operations.cancel', ['operations.list']);
  const { id } = operation;
  return (
    <>
      <div className="bc-tools">
        <Button
          variant="default"
          leftSection={<IconPlayerPause size={14} />}
          loading={pause.isPending}
          // A stop comes before a pause.
          disabled={pause.isSuccess || cancel.isSuccess}
          onClick={() => pause.mutate({ id })}
        >
          {t(pause.isSuccess ? 'operation.pausing' : 'operation.pause')}
        </Button>
        <Button
          variant="default"
          leftSection={<IconPlayerStop size={14} />}
          loading={cancel.isPending}
          disabled={cancel.isSuccess}
          onClick={() => cancel.mutate({ id })}
        >
          {t(cancel.isSuccess ? 'operation.stopping' : 'operation.stopAtSafePoint')}
        </Button>
      </div>
      <StopLeaves operation={operation} />
      {pause.error === null ? null : <ErrorPanel error={pause.error.data} />}
      {cancel.error === null ? null : <ErrorPanel error={cancel.error.data} />}
    </>
  );
}
