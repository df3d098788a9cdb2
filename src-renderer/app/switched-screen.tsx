import { Button, Group, Title } from '@mantine/core';
import { IconArrowsExchange } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { WorkspaceSummary } from '../../shared/contract/workspace.ts';
import { EnvironmentMark } from '../features/workspaces/environment-mark.tsx';
import { useOpenWorkspace } from '../features/workspaces/use-open-workspace.ts';
import { ErrorPanel } from '../ui/error-panel.tsx';
import { useClient } from './client-context.tsx';
import { useT } from './i18n.tsx';
import { useProcedure } from './procedures.ts';

/** The console has closed the installation that this page showed: it goes on with that one or with the one that is open now. */
export function SwitchedScreen({ id }: { readonly id: string }): ReactNode {
  const t = useT();
  const { shown } = useClient();
  const list = useProcedure('workspaces.list', {}, { staleTime: 0, refetchEvery: 3_000 });
  // Where this page was has a meaning only in the installation that it showed.
  const { open, mutation } = useOpenWorkspace(({ id: next }) => {
    if (next !== id) location.hash = '#/';
  });
  const known = list.isFetchedAfterMount ? (list.data ?? []) : [];
  const former = known.find((one) => one.id === id);
  const present = known.find((one) => one.current && one.id !== id);
  const choice = (
    one: WorkspaceSummary,
    words: 'switched.back' | 'switched.on',
    main: boolean,
  ): ReactNode => (
    <Button
      size="sm"
      variant={main ? 'filled' : 'default'}
      loading={mutation.isPending && mutation.variables?.path === one.path}
      disabled={!one.reachable}
      leftSection={<span className="bc-dot" data-colour={one.colour} />}
      rightSection={<EnvironmentMark environment={one.environment} short />}
      onClick={() => open(one.path)}
    >
      {t(words, { name: one.name })}
    </Button>
  );
  return (
    <main className="bc-alone" id="content">
      <div className="bc-alone-card">
        <IconArrowsExchange size={34} stroke={1.4} aria-hidden />
        <Title order={1}>{t('switched.title')}</Title>
        <p>{former === undefined ? t('switched.whatUnnamed') : t('switched.what', { name: former.name })}</p>
        <p>{t('switched.changed')}</p>
        {list.error === null ? null : (
          <ErrorPanel error={list.error.data} onRetry={() => void list.refetch()} />
        )}
        {mutation.error === null ? null : <ErrorPanel error={mutation.error.data} />}
        <Group gap="xs">
          {former === undefined ? null : choice(former, 'switched.back', true)}
          {present === undefined ? null : choice(present, 'switched.on', former === undefined)}
          {!list.isFetchedAfterMount || present !== undefined ? null : (
            <Button size="sm" variant="default" onClick={() => shown.set({ id: '', left: false })}>
              {t('switched.none')}
            </Button>
          )}
        </Group>
      </div>
    </main>
  );
}
