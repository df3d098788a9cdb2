import { Button, Group, PasswordInput, Progress, Text } from '@mantine/core';
import { IconKey, IconLockOpen } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { OpenBaoStatus } from '../../../shared/contract/openbao.ts';
import { useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { useOpenBao } from './use-openbao.ts';

/** Neither the server nor any member of its cluster waits for shares. */
const isOpen = ({ sealed, memberSealed }: OpenBaoStatus): boolean =>
  sealed === false && memberSealed !== true;

/** Lab: one click. Else one share of one custodian after the other, with how many are still missing. */
export function UnsealForm({ onDone }: { onDone: () => void }): ReactNode {
  const t = useT();
  const status = useOpenBao();
  const [share, setShare] = useState('');
  const fromDisk = useMutationProcedure('openbao.unsealFromDisk', ['openbao.status']);
  const withShare = useMutationProcedure('openbao.unsealWithShare', ['openbao.status']);
  const reset = useMutationProcedure('openbao.unsealReset', ['openbao.status']);
  const error = fromDisk.error ?? withShare.error ?? reset.error;
  const data = status.data;
  const after = (next: OpenBaoStatus): void => {
    if (isOpen(next)) onDone();
  };
  if (data === undefined) return status.error === null ? null : <ErrorPanel error={status.error.data} />;
  if (isOpen(data)) return <StatusBadge status="proved" label={t('openbao.isUnsealed')} />;
  const threshold = data.threshold ?? 1;
  const given = data.progress ?? 0;
  const give = (): void => {
    const value = share.trim();
    if (value === '' || withShare.isPending) return;
    // Out of the page's memory as soon as it is on its way. Not after it: the next custodian may be typing by then.
    setShare('');
    fromDisk.reset();
    withShare.mutate({ share: value }, { onSuccess: after });
  };
  return (
    <div className="bc-stack">
      {error === null ? null : <ErrorPanel error={error.data} />}
      {data.sharesOnDisk ? (
        <>
          <Text>{t('openbao.onDisk')}</Text>
          <div>
            <Button
              size="sm"
              data-autofocus
              leftSection={<IconLockOpen size={16} />}
              loading={fromDisk.isPending}
              onClick={() => {
                withShare.reset();
                fromDisk.mutate({}, { onSuccess: after });
              }}
            >
              {t('openbao.unsealNow')}
            </Button>
          </div>
          <Text size="sm" c="dimmed">
            {t('openbao.orShares')}
          </Text>
        </>
      ) : (
        <Text>{t('openbao.shares', { threshold, shares: data.shares ?? threshold })}</Text>
      )}
      <div>
        <Progress value={(given / threshold) * 100} aria-label={t('openbao.progress')} />
        <Text size="sm" mt={4} className="bc-number">
          {t('openbao.given', { given, threshold })}
        </Text>
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          give();
        }}
      >
        <PasswordInput
          label={t('openbao.share')}
          description={t('openbao.shareHint')}
          leftSection={<IconKey size={15} />}
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          {...(data.sharesOnDisk ? {} : { 'data-autofocus': true })}
          value={share}
          onChange={(event) => setShare(event.currentTarget.value)}
        />
        <Group mt="sm" gap="xs" justify="space-between">
          <Button
            variant="subtle"
            color="gray"
            disabled={given === 0}
            loading={reset.isPending}
            onClick={() => reset.mutate({})}
          >
            {t('openbao.startOver')}
          </Button>
          <Button
            type="submit"
            size="sm"
            variant={data.sharesOnDisk ? 'default' : 'filled'}
            disabled={share.trim() === ''}
            loading={withShare.isPending}
          >
            {t('openbao.giveShare')}
          </Button>
        </Group>
      </form>
    </div>
  );
}
