import { Button, Group, PasswordInput, Progress, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { RecoveryStatus } from '../../../../shared/contract/recovery.ts';
import { useT } from '../../../app/i18n.tsx';
import { useMutationProcedure } from '../../../app/procedures.ts';
import { ErrorPanel } from '../../../ui/error-panel.tsx';
import { Section } from '../../../ui/section.tsx';
import { StatusBadge } from '../../../ui/status-badge.tsx';

/** The present shares, one custodian after the other. A wrong one costs nothing but itself. */
export function PresentShares({ status }: { status: RecoveryStatus }): ReactNode {
  const t = useT();
  const [share, setShare] = useState('');
  const give = useMutationProcedure('recovery.giveShare', ['recovery.status']);
  const reset = useMutationProcedure('recovery.reset', ['recovery.status']);
  const { given, threshold } = status;
  const error = give.error ?? reset.error;
  const submit = (): void => {
    const value = share.trim();
    if (value === '' || give.isPending) return;
    // Out of the page's memory as soon as it is on its way.
    setShare('');
    give.mutate({ share: value });
  };
  return (
    <Section title={t('recovery.ui.present')}>
      <div className="bc-stack">
        {error === null ? null : <ErrorPanel error={error.data} />}
        {status.sharesOnDisk ? <Text size="sm">{t('recovery.ui.onDisk')}</Text> : null}
        {status.busy ? <ForeignAttempt /> : null}
        <div>
          <Progress
            value={threshold === 0 ? 0 : (Math.min(given.progress, threshold) / threshold) * 100}
            aria-label={t('openbao.progress')}
          />
          <Text size="sm" mt={4} className="bc-number" role="status">
            {t('openbao.given', { given: given.progress, threshold })}
          </Text>
        </div>
        {given.wrong.map((number) => (
          <Text key={number} size="sm" role="status" className="bc-problem-warning">
            {t('cli.recovery.wrong', { number })}
          </Text>
        ))}
        {given.complete ? (
          <StatusBadge status="proved" label={t('recovery.ui.complete')} />
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              submit();
            }}
          >
            <PasswordInput
              label={t('openbao.share')}
              description={t('recovery.ui.shareHint')}
              leftSection={<IconKey size={15} />}
              autoComplete="off"
              spellCheck={false}
              maxLength={200}
              value={share}
              onChange={(event) => setShare(event.currentTarget.value)}
            />
            <Group mt="sm" gap="xs" justify="flex-end">
              <Button
                type="submit"
                size="sm"
                variant="default"
                disabled={share.trim() === ''}
                loading={give.isPending}
              >
                {t('openbao.giveShare')}
              </Button>
            </Group>
          </form>
        )}
        <div>
          <Button
            variant="subtle"
            color="gray"
            disabled={given.progress === 0}
            loading={reset.isPending}
            onClick={() => {
              give.reset();
              reset.mutate({});
            }}
          >
            {t('openbao.startOver')}
          </Button>
        </div>
      </div>
    </Section>
  );
}

/** Somebody began a recovery elsewhere, or a console died over one: only a person can tell. */
function ForeignAttempt(): ReactNode {
  const t = useT();
  const cancel = useMutationProcedure('recovery.cancelAttempt', ['recovery.status']);
  return (
    <div className="bc-stack">
      {cancel.error === null ? null : <ErrorPanel error={cancel.error.data} />}
      <Text size="sm" className="bc-problem-warning">
        {t('recovery.ui.busy')}
      </Text>
      <div>
        <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate({})}>
          {t('recovery.ui.cancelAttempt')}
        </Button>
      </div>
    </div>
  );
}
