import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type * as z from 'zod';
import { useClient } from '../app/client-context.tsx';
import { useProcedure } from '../app/procedures.ts';

/** What a wizard holds, kept by the core so that leaving and coming back continues. Never put a secret into it. */
export interface Draft<T> {
  /** Undefined until the core has answered and nothing was chosen yet. */
  readonly value: T | undefined;
  readonly loaded: boolean;
  readonly set: (next: T) => void;
  readonly clear: () => void;
}

/** @param schema a draft that does not fit it, for example from an older version, is forgotten */
export function useDraft<T>(name: string, schema: z.ZodType<T>): Draft<T> {
  const client = useClient();
  const stored = useProcedure('session.draft', { name }, { staleTime: Infinity });
  const [chosen, setChosen] = useState<{ value: T | undefined }>();
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const waiting = useRef<() => void>(undefined);
  // What was not sent yet is sent when the wizard is left, also that it is finished.
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      waiting.current?.();
    },
    [],
  );

  const store = useCallback(
    (draft: T | null, wait: number) => {
      clearTimeout(timer.current);
      waiting.current = () => {
        waiting.current = undefined;
        queries.setQueryData(['session.draft', { name }], { draft });
        // A draft that cannot be kept costs the operator nothing now; the wizard goes on.
        client.call('session.saveDraft', { name, draft }).catch(() => undefined);
      };
      timer.current = setTimeout(() => waiting.current?.(), wait);
    },
    [client, name, queries],
  );
  const set = useCallback(
    (value: T) => {
      setChosen({ value });
      store(value, 500);
    },
    [store],
  );
  const clear = useCallback(() => store(null, 0), [store]);

  const parsed = stored.data === undefined ? undefined : schema.safeParse(stored.data.draft);
  const kept = parsed?.success === true ? parsed.data : undefined;
  return { value: chosen === undefined ? kept : chosen.value, loaded: !stored.isPending, set, clear };
}
