import { useEffect, type ReactNode } from 'react';
import type { Operation } from '../../../shared/contract/operations.ts';
import { OperationView } from './operation-view.tsx';
import { useOperation } from './use-operation.ts';

interface WatchStepProps {
  readonly id: string;
  /** Called once when the operation has ended well. */
  readonly onDone: (operation: Operation) => void;
}

/** The running operation inside a wizard; the wizard goes on by itself when it is done. */
export function WatchStep({ id, onDone }: WatchStepProps): ReactNode {
  const { operation } = useOperation(id);
  const done = operation !== undefined && (operation.state === 'done' || operation.state === 'pending');
  useEffect(() => {
    if (done) onDone(operation);
    // Once, when it becomes done: later events of the same record are of no interest to the wizard.
  }, [done]);
  return <OperationView id={id} />;
}
