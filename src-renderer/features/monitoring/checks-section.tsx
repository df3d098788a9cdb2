import { Button } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { CheckView } from '../../../shared/contract/monitoring.ts';
import { errorMessages } from '../../../shared/errors.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useMutationProcedure, useProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import type { Status } from '../../ui/status.ts';

function statusOf({ overdueSince, lastRun }: CheckView): Status {
  if (overdueSince !== undefined) return 'overdue';
  if (lastRun === undefined) return 'pending';
  return lastRun.outcome === 'passed' ? 'proved' : 'failed';
}

/** The checks that the console walks by itself, what each found last, and a button that walks it now. */
export function ChecksSection(): ReactNode {
  const t = useT();
  const say = useMessage();
  const checks = useProcedure('checks.list', {}, { refetchEvery: 30_000 });
  const refresh = ['checks.list', 'monitoring.state'] as const;
  const run = useMutationProcedure('checks.run', refresh);
  const save = useMutationProcedure('checks.save', refresh);
  const hasIssuance = checks.data?.some(({ kind }) => kind === 'issuance') ?? true;
  return (
    <Section
      title={t('monitoring.checks')}
      actions={
        hasIssuance ? null : (
          <Button
            variant="default"
            loading={save.isPending}
            onClick={() => save.mutate({ id: 'issuance', kind: 'issuance', everyMinutes: 60 })}
          >
            {t('monitoring.addIssuance')}
          </Button>
        )
      }
    >
      {run.error === null ? null : <ErrorPanel error={run.error.data} />}
      {save.error === null ? null : <ErrorPanel error={save.error.data} />}
      <FiveFaces
        count={checks.data?.length}
        error={checks.error}
        at={checks.dataUpdatedAt}
        onRetry={() => void checks.refetch()}
        rows={2}
        empty={<p className="bc-muted">{t('monitoring.noCheck')}</p>}
      >
        <ul className="bc-proofs">
          {checks.data?.map((check) => {
            const { id, kind, everyMinutes, lastRun, nextAt, overdueSince } = check;
            return (
              <li key={id}>
                <StatusBadge status={statusOf(check)} />
                <div>
                  <strong>{id}</strong>{' '}
                  <span className="bc-muted">
                    {t(`monitoring.kind.${kind}`)} · {t('monitoring.every', { count: everyMinutes })}
                  </span>
                  <div className="bc-muted">
                    {lastRun === undefined ? (
                      t('monitoring.neverRan')
                    ) : (
                      <>
                        {t('monitoring.lastRun', { proved: lastRun.proved, looked: lastRun.looked })}{' '}
                        <RelativeTime at={lastRun.at} />
                      </>
                    )}
                    {nextAt === undefined ? null : (
                      <>
                        {' · '}
                        {t(overdueSince === undefined ? 'monitoring.next' : 'monitoring.shouldHave')}{' '}
                        <RelativeTime at={overdueSince ?? nextAt} />
                      </>
                    )}
                  </div>
                  {lastRun?.findings.map(({ service, problem }) => (
                    <div key={service}>
                      {service}: {say(problem)}
                    </div>
                  ))}
                  {lastRun?.error === undefined ? null : <div>{say(errorMessages(lastRun.error).what)}</div>}
                </div>
                <Button
                  variant="default"
                  leftSection={<IconPlayerPlay size={15} aria-hidden />}
                  loading={run.isPending && run.variables?.id === id}
                  onClick={() => run.mutate({ id })}
                >
                  {t('monitoring.runNow')}
                </Button>
              </li>
            );
          })}
        </ul>
      </FiveFaces>
    </Section>
  );
}
