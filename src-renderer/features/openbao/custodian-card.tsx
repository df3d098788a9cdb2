import { Button, Group, Text, TextInput } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import type * as z from 'zod';
import type { custodianSchema } from '../../../shared/contract/openbao.ts';
import { useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { SecretText } from '../../ui/secret-text.tsx';
import { Section } from '../../ui/section.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';

type Custodian = z.infer<typeof custodianSchema>;

const statusOf: Record<Custodian['state'], Status> = {
  waiting: 'unknown',
  shown: 'pending',
  confirmed: 'proved',
};

interface CustodianCardProps {
  readonly custodian: Custodian;
  /** It is this custodian's turn. */
  readonly active: boolean;
  readonly passphrase: string;
}

/** One custodian: reveal, note it down, prove the note by its last six characters. */
export function CustodianCard({ custodian, active, passphrase }: CustodianCardProps): ReactNode {
  const t = useT();
  const [shown, setShown] = useState<{ share: string; expiresAt: number }>();
  const [last, setLast] = useState('');
  const reveal = useMutationProcedure('openbao.ceremonyReveal', ['openbao.ceremony']);
  const confirm = useMutationProcedure('openbao.ceremonyConfirm', ['openbao.ceremony', 'openbao.status']);
  const error = confirm.error ?? reveal.error;
  // The mutation keeps its answer, so it is forgotten together with what is shown.
  const { reset } = reveal;
  useEffect(() => {
    if (shown === undefined) return;
    const hide = (): void => {
      setShown(undefined);
      reset();
    };
    const timer = setTimeout(hide, Math.max(shown.expiresAt - Date.now(), 0));
    return () => clearTimeout(timer);
  }, [shown, reset]);
  const hide = (): void => {
    setShown(undefined);
    reset();
  };
  return (
    <Section
      title={`${custodian.index + 1}. ${custodian.name}`}
      actions={
        <StatusBadge status={statusOf[custodian.state]} label={t(`ceremony.state.${custodian.state}`)} />
      }
    >
      {custodian.state === 'confirmed' ? null : active ? (
        <div className="bc-stack">
          <Text size="sm">{t('ceremony.turn', { name: custodian.name })}</Text>
          {passphrase === '' ? (
            <Text size="sm" c="dimmed">
              {t('ceremony.passphraseFirst')}
            </Text>
          ) : (
            <SecretText
              value={shown?.share}
              expiresAt={shown?.expiresAt}
              busy={reveal.isPending}
              onHide={hide}
              onReveal={() => reveal.mutate({ index: custodian.index, passphrase }, { onSuccess: setShown })}
            />
          )}
          {error === null ? null : <ErrorPanel error={error.data} />}
          {custodian.state === 'shown' || shown !== undefined ? (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                hide();
                confirm.mutate(
                  { index: custodian.index, passphrase, lastCharacters: last },
                  { onSuccess: () => setLast('') },
                );
              }}
            >
              <Group align="flex-start">
                <TextInput
                  label={t('ceremony.last')}
                  description={t('ceremony.lastHint')}
                  autoComplete="off"
                  spellCheck={false}
                  maxLength={6}
                  value={last}
                  onChange={(event) => setLast(event.currentTarget.value)}
                />
                <Button
                  type="submit"
                  size="sm"
                  mt={25}
                  disabled={last.length !== 6}
                  loading={confirm.isPending}
                >
                  {t('ceremony.confirm')}
                </Button>
              </Group>
            </form>
          ) : null}
        </div>
      ) : (
        <Text size="sm" c="dimmed">
          {t('ceremony.later')}
        </Text>
      )}
    </Section>
  );
}
