import { Button, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Elsewhere } from '../../../shared/contract/elsewhere.ts';
import type { Message } from '../../../shared/message.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Mono } from '../../ui/mono.tsx';
import { Section } from '../../ui/section.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';

interface RowProps {
  readonly title: string;
  readonly status: Status;
  readonly problem?: Message | undefined;
  readonly facts: readonly (ReactNode | undefined)[];
}

function Row({ title, status, problem, facts }: RowProps): ReactNode {
  const say = useMessage();
  return (
    <li>
      <div>
        <strong>{title}</strong>
        <div>
          <StatusBadge status={status} />
        </div>
      </div>
      <div>
        {problem === undefined ? null : <Text size="sm">{say(problem)}</Text>}
        {facts.map((fact, index) =>
          fact === undefined ? null : (
            <Text key={index} size="sm" c="dimmed" component="div">
              {fact}
            </Text>
          ),
        )}
      </div>
    </li>
  );
}

function StepCaRow({ stepca }: Pick<Elsewhere, 'stepca'>): ReactNode {
  const t = useT();
  const { healthy, directory, roots, problem, version, url } = stepca;
  const strange = roots.some(({ trusted }) => !trusted);
  return (
    <Row
      title="step-ca"
      status={!healthy ? 'unreachable' : strange ? 'contradicted' : directory.answers ? 'proved' : 'failed'}
      problem={problem ?? directory.problem}
      facts={[
        [url, version].filter((fact) => fact !== undefined).join(' · '),
        <>
          {t('elsewhere.directory')} <code>{directory.url}</code>
          {directory.needsBinding === undefined
            ? null
            : ` · ${t(directory.needsBinding ? 'elsewhere.binding' : 'elsewhere.noBinding')}`}
        </>,
        ...roots.map(({ sha256, trusted }) => (
          <>
            {t(trusted ? 'elsewhere.rootTrusted' : 'elsewhere.rootStrange')}{' '}
            <Mono value={sha256} length={32} />
          </>
        )),
      ]}
    />
  );
}

function DatabaseRow({ database }: { readonly database: NonNullable<Elsewhere['database']> }): ReactNode {
  const t = useT();
  const words = useWords();
  const { servers, answered, level, version, sslMode, tables, name, problem } = database;
  return (
    <Row
      title="PostgreSQL"
      status={answered === undefined ? 'unreachable' : level === 'none' ? 'due' : 'proved'}
      problem={problem}
      facts={[
        [
          ...servers.map((server) =>
            server === answered && servers.length > 1 ? t('elsewhere.writes', { server }) : server,
          ),
          name,
          version,
        ]
          .filter((fact) => fact !== undefined && fact !== '')
          .join(' · '),
        `sslmode ${sslMode}${level === undefined ? '' : ` · ${t(`elsewhere.level.${level}`)}`}`,
        tables === undefined
          ? undefined
          : tables.present
            ? t('elsewhere.tables', {
                certificates: words.number(tables.certificates),
                revoked: words.number(tables.revoked),
              })
            : t('elsewhere.noTables'),
      ]}
    />
  );
}

/** Servers that run elsewhere, as they answer at their addresses. */
export function ElsewhereSection(): ReactNode {
  const t = useT();
  const look = useProcedure('elsewhere.look', {}, { staleTime: 15_000 });
  const { data } = look;
  if (data === null) return null;
  return (
    <Section
      title={t('elsewhere.title')}
      actions={
        <Button
          variant="default"
          leftSection={<IconRefresh size={15} />}
          loading={look.isFetching}
          onClick={() => void look.refetch()}
        >
          {t('elsewhere.again')}
        </Button>
      }
    >
      <FiveFaces
        count={data === undefined ? undefined : 1}
        error={look.error}
        at={look.dataUpdatedAt}
        rows={3}
        onRetry={() => void look.refetch()}
        empty={null}
      >
        {data === undefined ? null : (
          <ul className="bc-containers" aria-label={t('elsewhere.title')}>
            <StepCaRow stepca={data.stepca} />
            {data.database === undefined ? (
              <Row title="PostgreSQL" status="unknown" facts={[t('elsewhere.noDsn')]} />
            ) : (
              <DatabaseRow database={data.database} />
            )}
            <Row
              title={t('topology.server.responder')}
              status={data.responder.answers ? 'proved' : 'unreachable'}
              problem={data.responder.problem}
              facts={[data.responder.url]}
            />
          </ul>
        )}
      </FiveFaces>
    </Section>
  );
}
