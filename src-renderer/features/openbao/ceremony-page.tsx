import { PasswordInput, Text } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { CustodianCard } from './custodian-card.tsx';

/** Hands each unseal key share to its custodian, one at a time, with a proof that it was noted. */
export function CeremonyPage(): ReactNode {
  const t = useT();
  const ceremony = useProcedure('openbao.ceremony', {}, { staleTime: 0 });
  const [passphrase, setPassphrase] = useState('');
  const { data } = ceremony;
  const confirmed = data?.custodians.filter(({ state }) => state === 'confirmed').length ?? 0;
  const next = data?.custodians.find(({ state }) => state !== 'confirmed')?.index;
  return (
    <Page title={t('ceremony.title')} above={[{ label: 'OpenBao', to: '/openbao' }]}>
      <FiveFaces
        count={data === undefined ? undefined : data.state === 'none' ? 0 : data.custodians.length}
        error={ceremony.error}
        at={ceremony.dataUpdatedAt}
        onRetry={() => void ceremony.refetch()}
        empty={<EmptyState icon={IconUsers} text={t('ceremony.none')} />}
      >
        <p className="bc-lead">{t(data?.state === 'done' ? 'ceremony.done' : 'ceremony.lead')}</p>
        {data?.state === 'open' ? (
          <Section title={t('ceremony.passphrase')}>
            <PasswordInput
              maw={460}
              label={t('ceremony.passphraseLabel')}
              description={t('ceremony.passphraseHint')}
              autoComplete="off"
              value={passphrase}
              onChange={(event) => setPassphrase(event.currentTarget.value)}
            />
          </Section>
        ) : null}
        <Text size="sm" className="bc-number">
          {t('ceremony.progress', {
            confirmed,
            total: data?.custodians.length ?? 0,
            threshold: data?.threshold ?? 0,
          })}
        </Text>
        {data?.custodians.map((custodian) => (
          <CustodianCard
            key={custodian.index}
            custodian={custodian}
            active={custodian.index === next}
            passphrase={passphrase}
          />
        ))}
      </FiveFaces>
    </Page>
  );
}
