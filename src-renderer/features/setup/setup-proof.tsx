import { Button, Group } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { useSession } from '../../app/session.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { OperationView } from '../operations/operation-view.tsx';

interface SetupProofProps {
  readonly id: string;
  readonly path: string;
  /** Shares wait to be handed to their custodians. */
  readonly production: boolean;
  readonly onLeave: () => void;
}

/** The last page of a set-up: what was proved, and what comes next. */
export function SetupProof({ id, path, production, onLeave }: SetupProofProps): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { workspace } = useSession();
  const open = useMutationProcedure('workspaces.open');
  const leave = (to: '/' | '/services/new' | '/openbao/ceremony'): void => {
    const go = (): void => {
      onLeave();
      void queries.invalidateQueries();
      void navigate({ to });
    };
    if (workspace?.path === path) return go();
    open.mutate({ path }, { onSuccess: go });
  };
  return (
    <>
      {open.error === null ? null : <ErrorPanel error={open.error.data} />}
      <Group gap="xs">
        {production ? (
          <Button size="sm" loading={open.isPending} onClick={() => leave('/openbao/ceremony')}>
            {t('setup.toCeremony')}
          </Button>
        ) : null}
        <Button
          size="sm"
          variant={production ? 'default' : 'filled'}
          loading={open.isPending}
          onClick={() => leave('/services/new')}
        >
          {t('palette.addService')}
        </Button>
        <Button size="sm" variant="default" loading={open.isPending} onClick={() => leave('/')}>
          {t('setup.toHome')}
        </Button>
      </Group>
      <OperationView id={id} />
    </>
  );
}
