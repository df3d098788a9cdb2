import { Button, Group } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { useOpenWorkspace } from '../workspaces/use-open-workspace.ts';
import { DirectoryReport } from './directory-report.tsx';
import { FolderPicker } from './folder-picker.tsx';

/** Opens a work directory that is there already: found out without touching it, opened on a press. */
export function OpenDirectoryPage(): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const [path, setPath] = useState<string>();
  const report = useProcedure('workspaces.inspect', { path: path ?? '' }, { enabled: path !== undefined });
  const { open, mutation } = useOpenWorkspace(() => void navigate({ to: '/' }));
  const found = report.data;
  const holds = found !== undefined && found.installation !== 'none';
  return (
    <Page title={t('open.title')} above={[{ label: t('first.title'), to: '/start' }]}>
      <p className="bc-lead">{t('open.lead')}</p>
      <FolderPicker path={path} onChange={setPath} />
      {report.error === null ? null : (
        <ErrorPanel error={report.error.data} onRetry={() => void report.refetch()} />
      )}
      {found === undefined ? null : (
        <Section title={t('open.found')}>
          <DirectoryReport report={found} />
        </Section>
      )}
      {mutation.error === null ? null : <ErrorPanel error={mutation.error.data} />}
      <Group gap="xs">
        <Button variant="default" size="sm" onClick={() => void navigate({ to: '/start' })}>
          {t('ui.back')}
        </Button>
        <Button
          size="sm"
          disabled={!holds}
          loading={mutation.isPending}
          onClick={() => {
            if (found !== undefined) open(found.path);
          }}
        >
          {t('open.open')}
        </Button>
      </Group>
    </Page>
  );
}
