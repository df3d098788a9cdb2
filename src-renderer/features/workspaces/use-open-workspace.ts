import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { Input, Output } from '../../../shared/contract/index.ts';
import type { ConsoleError } from '../../../shared/errors.ts';
import { useClient } from '../../app/client-context.tsx';

type Opened = Output<'workspaces.open'>;
type OpenMutation = UseMutationResult<Opened, ConsoleError, Input<'workspaces.open'>>;

/** Opens another installation; the page goes along with the answer, and whoever asked may be gone when `onOpened` is called. */
export function useOpenWorkspace(onOpened: (workspace: Opened) => void): {
  readonly open: (path: string) => void;
  readonly mutation: OpenMutation;
} {
  const client = useClient();
  const queries = useQueryClient();
  const mutation = useMutation<Opened, ConsoleError, Input<'workspaces.open'>>({
    mutationFn: (input) => client.call('workspaces.open', input),
    onSuccess: (workspace) => {
      // What is open now is known already: the switch waits for no second answer.
      queries.setQueryData<Output<'session.show'>>(
        ['session.show', {}],
        (session) => session && { ...session, workspace },
      );
      onOpened(workspace);
    },
  });
  const { mutate } = mutation;
  const open = useCallback((path: string) => mutate({ path }), [mutate]);
  return { open, mutation };
}
