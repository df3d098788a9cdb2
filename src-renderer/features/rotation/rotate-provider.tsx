import { Modal } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { createContext, use, useCallback, useState, type ReactNode } from 'react';
import type { RotationItem } from '../../../shared/contract/rotation.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { usePlanner } from '../operations/planner.tsx';
import { targetStarts } from './forms/registry.ts';

type Rotate = (item: RotationItem) => void;
const RotateContext = createContext<Rotate | undefined>(undefined);

/** Begins a rotation: its choices first where it has any, then its plan. */
export function RotateProvider({ children }: { children: ReactNode }): ReactNode {
  const t = useT();
  const say = useMessage();
  const plan = usePlanner();
  const router = useRouter();
  const [item, setItem] = useState<RotationItem>();
  const close = useCallback(() => setItem(undefined), []);
  const rotate = useCallback<Rotate>(
    (wanted) => {
      const start = targetStarts[wanted.target];
      if (start === undefined) plan({ kind: wanted.kind, input: wanted.input });
      else if (start.kind === 'page') router.history.push(start.to);
      else setItem(wanted);
    },
    [plan, router],
  );
  const start = item === undefined ? undefined : targetStarts[item.target];
  return (
    <RotateContext value={rotate}>
      {children}
      <Modal
        opened={item !== undefined}
        onClose={close}
        size={620}
        title={item === undefined ? '' : say(item.title)}
        closeButtonProps={{ 'aria-label': t('ui.close') }}
      >
        {item === undefined || start?.kind !== 'form' ? null : (
          <start.Form
            item={item}
            onCancel={close}
            onPlan={(input) => {
              close();
              plan({ kind: item.kind, input });
            }}
          />
        )}
      </Modal>
    </RotateContext>
  );
}

/** The function that begins the rotation of a row. */
export function useRotate(): Rotate {
  const rotate = use(RotateContext);
  if (rotate === undefined) throw new Error('no rotation above this component');
  return rotate;
}
