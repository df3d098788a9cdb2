import { Button, Group } from '@mantine/core';
import { IconArrowBackUp, IconEye, IconRefresh, IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { NoMatch } from '../../ui/no-match.tsx';
import { Page } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Section } from '../../ui/section.tsx';
import { useOpenBao } from '../openbao/use-openbao.ts';
import { usePlanner } from '../operations/planner.tsx';
import { FoundSection } from './found-section.tsx';
import { OddityList } from './oddity-list.tsx';

/** An installation that other tools made: what was found, what is odd, and what taking it over would change. */
export function AdoptPage(): ReactNode {
  const t = useT();
  const say = useMessage();
  const plan = usePlanner();
  const look = useProcedure('adopt.look', {}, { staleTime: 60_000 });
  const openbao = useOpenBao();
  const [search, setSearch] = useState('');
  const { data } = look;
  const words = search.trim().toLowerCase();
  const oddities = (data?.oddities ?? []).filter(
    ({ what, text }) => words === '' || `${what} ${say(text)}`.toLowerCase().includes(words),
  );
  const mendable = (data?.oddities ?? [])
    .filter(({ remedy, severity }) => remedy?.kind === 'drift.mend' && severity !== 'notice')
    .map(({ id }) => id);
  const signedIn = openbao.data?.session.state === 'live';
  return (
    <Page
      title={t('adopt.title')}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconRefresh size={15} aria-hidden />}
            loading={look.isFetching}
            onClick={() => void look.refetch()}
          >
            {t('adopt.again')}
          </Button>
          {data?.owned === false ? (
            <Button onClick={() => plan({ kind: 'adopt.take-over', input: {} })}>
              {t('adopt.take_over.verb')}
            </Button>
          ) : null}
        </>
      }
    >
      <p className="bc-lead">{t('adopt.lead')}</p>
      <FiveFaces
        count={data === undefined ? undefined : 1}
        error={look.error}
        at={look.dataUpdatedAt}
        onRetry={() => void look.refetch()}
        empty={null}
      >
        {data === undefined ? null : (
          <>
            <Section title={t(data.owned ? 'adopt.owned.title' : 'adopt.read_only.title')}>
              <p className="bc-lead">
                {data.owned ? null : <IconEye size={16} aria-hidden />}{' '}
                {t(data.owned ? 'adopt.owned.text' : 'adopt.read_only.text')}
              </p>
              {data.owned ? null : (
                <>
                  <strong>{t('adopt.changes')}</strong>
                  <ul className="bc-plain">
                    {data.changes.map((change) => (
                      <li key={change.key}>{say(change)}</li>
                    ))}
                  </ul>
                </>
              )}
            </Section>
            {data.kept === undefined ? null : (
              <Section
                title={t('adopt.kept.title')}
                actions={
                  <Group gap="xs">
                    <Button
                      variant="default"
                      leftSection={<IconArrowBackUp size={15} aria-hidden />}
                      onClick={() => plan({ kind: 'adopt.storage-back', input: {} })}
                    >
                      {t('adopt.back.verb')}
                    </Button>
                    <Button
                      variant="default"
                      color="red"
                      leftSection={<IconTrash size={15} aria-hidden />}
                      onClick={() => plan({ kind: 'adopt.storage-confirm', input: {} })}
                    >
                      {t('adopt.confirm.verb')}
                    </Button>
                  </Group>
                }
              >
                <p className="bc-lead">
                  {t('adopt.kept.text', { storage: data.kept.storage, backup: data.kept.backup })}
                </p>
              </Section>
            )}
            <FoundSection report={data} />
            <Section
              title={t('adopt.odd')}
              actions={
                mendable.length < 2 ? undefined : (
                  <Button onClick={() => plan({ kind: 'drift.mend', input: { ids: mendable } })}>
                    {t('adopt.odd.mend_all', { count: mendable.length })}
                  </Button>
                )
              }
            >
              {signedIn ? null : (
                <p className="bc-lead">
                  {t('adopt.sign_in')} <Link to="/openbao">{t('adopt.sign_in.do')}</Link>
                </p>
              )}
              {data.oddities.length === 0 ? (
                <p className="bc-muted">{t('adopt.odd.none')}</p>
              ) : (
                <>
                  <SearchField value={search} onChange={setSearch} label={t('adopt.search')} />
                  {oddities.length === 0 ? (
                    <NoMatch search={search} onClear={() => setSearch('')} />
                  ) : (
                    <OddityList oddities={oddities} root={data.path} />
                  )}
                </>
              )}
            </Section>
            {data.generation === 'older' ? (
              <Section
                title={t('adopt.to_newer')}
                actions={
                  <Button variant="default" onClick={() => plan({ kind: 'adopt.generation', input: {} })}>
                    {t('adopt.generation.confirm')}
                  </Button>
                }
              >
                <p className="bc-lead">{t('adopt.to_newer.text')}</p>
              </Section>
            ) : null}
          </>
        )}
      </FiveFaces>
    </Page>
  );
}
