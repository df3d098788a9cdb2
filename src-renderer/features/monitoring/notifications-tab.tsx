import { Button, Group } from '@mantine/core';
import { IconBell, IconPlus, IconSend } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { Channel } from '../../../shared/contract/notifications.ts';
import { errorMessages } from '../../../shared/errors.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useMutationProcedure, useProcedure } from '../../app/procedures.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { ChannelDialog } from './channel-dialog.tsx';
import { SilenceSection } from './silence-section.tsx';

/** Who is told, what is silent, and what was sent. */
export function NotificationsTab(): ReactNode {
  const t = useT();
  const say = useMessage();
  const [edited, setEdited] = useState<Channel | 'new'>();
  const settings = useProcedure('notifications.settings', {});
  const sent = useProcedure('notifications.sent', { limit: 100 }, { refetchEvery: 15_000 });
  const test = useMutationProcedure('notifications.test', ['notifications.sent']);
  const remove = useMutationProcedure('notifications.removeChannel', ['notifications.settings']);
  const add = (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setEdited('new')}>
      {t('notifications.add')}
    </Button>
  );
  return (
    <>
      <Section
        title={t('notifications.channels')}
        actions={settings.data?.channels.length === 0 ? null : add}
      >
        {test.error === null ? null : <ErrorPanel error={test.error.data} />}
        <FiveFaces
          count={settings.data?.channels.length}
          error={settings.error}
          at={settings.dataUpdatedAt}
          onRetry={() => void settings.refetch()}
          rows={2}
          empty={<EmptyState icon={IconBell} text={t('notifications.none')} action={add} />}
        >
          <ul className="bc-proofs">
            {settings.data?.channels.map((channel) => {
              const { id, delivery, severity, afterMinutes, enabled, secret } = channel;
              const status = !enabled ? 'unknown' : secret === 'missing' ? 'failed' : 'proved';
              return (
                <li key={id}>
                  <StatusBadge
                    status={status}
                    label={t(enabled ? `notifications.secret.${secret}` : 'notifications.off')}
                  />
                  <div>
                    <strong>{id}</strong>{' '}
                    <span className="bc-muted">
                      {t(`notifications.type.${delivery.type}`)} ·{' '}
                      {t('notifications.from', { severity: t(`notifications.severity.${severity}`) })}
                      {afterMinutes === 0 ? '' : ` · ${t('notifications.after', { count: afterMinutes })}`}
                    </span>
                  </div>
                  <Group gap="xs">
                    <Button
                      variant="default"
                      leftSection={<IconSend size={15} aria-hidden />}
                      loading={test.isPending && test.variables?.id === id}
                      onClick={() => test.mutate({ id })}
                    >
                      {t('notifications.test')}
                    </Button>
                    <Button variant="default" onClick={() => setEdited(channel)}>
                      {t('notifications.edit')}
                    </Button>
                    <Button variant="default" onClick={() => remove.mutate({ id })}>
                      {t('notifications.remove')}
                    </Button>
                  </Group>
                </li>
              );
            })}
          </ul>
        </FiveFaces>
      </Section>
      <SilenceSection silences={settings.data?.silences ?? []} />
      <Section title={t('notifications.sent')}>
        <FiveFaces
          count={sent.data?.length}
          error={sent.error}
          at={sent.dataUpdatedAt}
          onRetry={() => void sent.refetch()}
          rows={3}
          empty={<p className="bc-muted">{t('notifications.nothingSent')}</p>}
        >
          <ul className="bc-proofs">
            {sent.data?.map(({ seq, at, channel, subject, outcome, error }) => (
              <li key={seq}>
                <StatusBadge
                  status={outcome === 'sent' ? 'proved' : 'failed'}
                  label={t(`notifications.outcome.${outcome}`)}
                />
                <div>
                  {subject}
                  {error === undefined ? null : <div>{say(errorMessages(error).what)}</div>}
                </div>
                <span className="bc-muted">
                  {channel} · <RelativeTime at={at} />
                </span>
              </li>
            ))}
          </ul>
        </FiveFaces>
      </Section>
      {edited === undefined ? null : (
        <ChannelDialog channel={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
    </>
  );
}
