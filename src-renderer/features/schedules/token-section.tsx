import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Mono } from '../../ui/mono.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';

/** Tokens that stand in crontabs and units of this host: where, and by which name; never the value. */
export function TokenSection(): ReactNode {
  const t = useT();
  const tokens = useProcedure('schedules.tokens', {}, { staleTime: 60_000 });
  const { data } = tokens;
  return (
    <Section title={t('schedules.tokens')}>
      {tokens.error === null ? null : (
        <ErrorPanel error={tokens.error.data} onRetry={() => void tokens.refetch()} />
      )}
      {data === undefined ? null : data.findings.length === 0 ? (
        <>
          <StatusBadge status="proved" label={t('schedules.noToken')} />
          <p>{t('schedules.looked', { count: data.files })}</p>
        </>
      ) : (
        <>
          <StatusBadge
            status="contradicted"
            label={t('schedules.tokenFound', { count: data.findings.length })}
          />
          <p>{t('schedules.tokenText')}</p>
          <ul className="bc-token-list">
            {data.findings.map(({ path, line, name }) => (
              <li key={`${path}:${line}:${name}`}>
                <Mono value={`${path}:${line}`} /> <code>{name}</code>
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}
