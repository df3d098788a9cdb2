import { Text, Title, UnstyledButton } from '@mantine/core';
import { IconDeviceDesktop, IconFolderOpen, IconPlugConnected } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { EnvironmentMark } from '../workspaces/environment-mark.tsx';
import { useOpenWorkspace } from '../workspaces/use-open-workspace.ts';

const choices = [
  { id: 'local', to: '/start/local', icon: IconDeviceDesktop },
  { id: 'open', to: '/start/open', icon: IconFolderOpen },
  { id: 'external', to: '/start/external', icon: IconPlugConnected },
] as const;

/** The first screen: three ways to begin, the recommended one first, and what was open before. */
export function FirstRunPage(): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const list = useProcedure('workspaces.list', {});
  const { open, mutation } = useOpenWorkspace(() => void navigate({ to: '/' }));
  useEffect(() => {
    document.title = `${t('first.title')} · Bootroot Console`;
  }, [t]);
  const known = list.data ?? [];
  return (
    <div className="bc-first">
      <div>
        <Title order={1} size={28}>
          {t('first.title')}
        </Title>
        <Text c="dimmed" maw={640} mt={6}>
          {t('first.lead')}
        </Text>
      </div>
      <div className="bc-choices">
        {choices.map(({ id, to, icon: Icon }) => (
          <Link key={id} to={to} className="bc-choice" data-choice={id}>
            <Icon size={26} stroke={1.5} aria-hidden />
            <strong>{t(`first.${id}.title`)}</strong>
            {id === 'local' ? <StatusBadge status="proved" label={t('first.recommended')} /> : null}
            <span className="bc-choice-text">{t(`first.${id}.text`)}</span>
          </Link>
        ))}
      </div>
      {mutation.error === null ? null : <ErrorPanel error={mutation.error.data} />}
      {known.length === 0 ? null : (
        <Section title={t('first.known')}>
          <ul className="bc-lines">
            {known.map((workspace) => (
              <li key={workspace.id}>
                <UnstyledButton
                  className="bc-link"
                  disabled={!workspace.reachable || mutation.isPending}
                  onClick={() => open(workspace.path)}
                >
                  {workspace.name}
                  <span className="bc-muted"> {workspace.path}</span>
                </UnstyledButton>
                {workspace.reachable ? null : <StatusBadge status="unreachable" />}
                <EnvironmentMark environment={workspace.environment} />
                <span className="bc-muted">
                  <RelativeTime at={workspace.lastOpenedAt} />
                </span>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </div>
  );
}
