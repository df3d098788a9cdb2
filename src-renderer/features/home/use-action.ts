import { useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Action } from '../../../shared/contract/home.ts';
import { useUnseal } from '../openbao/unseal-provider.tsx';
import { usePlanner } from '../operations/planner.tsx';

/** What a button on Home does. */
export function useAction(): (action: Action) => void {
  const plan = usePlanner();
  const unseal = useUnseal();
  const router = useRouter();
  return useCallback(
    (action) => {
      if (action.type === 'unseal') unseal();
      else if (action.type === 'operation') plan({ kind: action.kind, input: action.input });
      // Addresses of the core are paths of this router, but not known by name to the compiler.
      else router.history.push(action.to);
    },
    [plan, unseal, router],
  );
}
