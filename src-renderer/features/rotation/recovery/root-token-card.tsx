import { Button, Group, Text } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import type { RecoveryStatus } from '../../../../shared/contract/recovery.ts';
import { useT } from '../../../app/i18n.tsx';
import { useMutationProcedure } from '../../../app/procedures.ts';
import { ErrorPanel } from '../../../ui/error-panel.tsx';
import { RelativeTime } from '../../../ui/relative-time.tsx';
import { SecretText } from '../../../ui/secret-text.tsx';
import { Section } from '../../../ui/section.tsx';

/** How long the token may stand on the screen, milliseconds. It is not shown a second time. */
const shownMs = 120_000;

/** The new root token: looked at once, revoked at a word. */
export function RootTokenCard({ root }: { root: NonNullable<RecoveryStatus['rootToken']> }): ReactNode {
  const t = useT();
  const [shown, setShown] = useState<{ token: string; until: number }>();
  const take = useMutationProcedure('recovery.takeRootToken', ['recovery.status']);
  const revoke = useMutationProcedure('recovery.revokeRootToken', ['recovery.status']);
  const error = take.error ?? revoke.error;
  const { reset } = take;
  const hide = (): void => {
    setShown(undefined);
    reset();
  };
  useEffect(() => {
    if (shown === undefined) return;
    const timer = setTimeout(
      () => {
        setShown(undefined);
        reset();
      },
      Math.max(shown.until - Date.now(), 0),
    );
    return () => clearTimeout(timer);
  }, [shown, reset]);
  return (
    <Section title={t('recovery.ui.token')}>
      <div className="bc-stack">
        {error === null ? null : <ErrorPanel error={error.data} />}
        <Text size="sm">{t('recovery.ui.tokenOnce')}</Text>
        {shown === undefined && root.state === 'shown' ? null : (
          <SecretText
            value={shown?.token}
            expiresAt={shown?.until}
            busy={take.isPending}
            onReveal={() =>
              take.mutate({}, { onSuccess: ({ token }) => setShown({ token, until: Date.now() + shownMs }) })
            }
            onHide={hide}
          />
        )}
        <Group gap="xs">
          <Button
            variant="default"
            color="red"
            loading={revoke.isPending}
            onClick={() => revoke.mutate({}, { onSuccess: hide })}
          >
            {t('recovery.ui.revoke')}
          </Button>
          <Text size="sm" c="dimmed">
            {t('recovery.ui.ends')} <RelativeTime at={root.expiresAt} />
          </Text>
        </Group>
      </div>
    </Section>
  );
}
