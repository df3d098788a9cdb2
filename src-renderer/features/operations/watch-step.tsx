import { useEffect, useRef, type ReactNode } from 'react';
import { OperationView } from './operation-view.tsx';
import { useOperation } from './use-operation.ts';

interface WatchStepProps {
  readonly id: string;
  /** Called once when the operation has ended well. */
  readonly onDone: () => void;
}

/** The running operation inside a wizard; the wizard goes on by itself when it is done. */
export function WatchStep({ id, onDone }: WatchStepProps): ReactNode {
  const { operation } = useOperation(id);
  const done = operation !== undefined && (operation.state === 'done' || operation.state === 'pending');
  const latest = useRef(onDone);
  useEffect(() => {
    latest.current = onDone;
  });
  useEffect(() => {
    if (done) latest.current();
  }, [done]);
  return <OperationView id={id} />;
}
