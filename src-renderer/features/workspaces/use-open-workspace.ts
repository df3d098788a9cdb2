import { useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Input, Output } from '../../../shared/contract/index.ts';
import type { ConsoleError } from '../../../shared/errors.ts';
import { useMutationProcedure } from '../../app/procedures.ts';

type OpenMutation = UseMutationResult<Output<'workspaces.open'>, ConsoleError, Input<'workspaces.open'>>;

/** Opens another installation and forgets everything that was known of the former one. */
export function useOpenWorkspace(): {
  readonly open: (path: string) => void;
  readonly mutation: OpenMutation;
} {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const mutation = useMutationProcedure('workspaces.open');
  const { mutate } = mutation;
  const open = useCallback(
    (path: string) =>
      mutate(
        { path },
        {
          onSuccess: () => {
            void queries.resetQueries();
            void navigate({ to: '/' });
          },
        },
      ),
    [mutate, queries, navigate],
  );
  return { open, mutation };
}
