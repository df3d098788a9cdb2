import { Switch } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Section } from '../../ui/section.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { ExpiryCalendar } from './expiry-calendar.tsx';
import { LineChart } from './line-chart.tsx';
import { SecretAges } from './secret-ages.tsx';

const spans = [
  { value: '6', hours: 6 },
  { value: '24', hours: 24 },
  { value: '168', hours: 168 },
  { value: '720', hours: 720 },
] as const;
type Span = (typeof spans)[number]['value'];

const units = { issuance: '', failures: '', latency: 'ms', servers: '', evidence: '', needs: '' } as const;

/** What happened and what is to come: drawn, or as tables. */
export function ChartsTab(): ReactNode {
  const t = useT();
  const say = useMessage();
  const [span, setSpan] = useState<Span>('24');
  const [asTable, setAsTable] = useState(false);
  const answer = useProcedure(
    'monitoring.charts',
    { hours: Number(span) },
    { refetchEvery: 60_000, keep: true },
  );
  const { data } = answer;
  return (
    <>
      <div className="bc-chart-controls">
        <Segmented
          label={t('monitoring.chart.span')}
          value={span}
          options={spans.map(({ value }) => ({ value, label: t(`monitoring.span.${value}`) }))}
          onChange={setSpan}
        />
        <Switch
          label={t('monitoring.chart.asTable')}
          checked={asTable}
          onChange={(event) => setAsTable(event.currentTarget.checked)}
        />
        {data === undefined ? null : (
          <span className="bc-muted">
            {t(`monitoring.source.${data.source}`)}
            {data.problem === undefined ? '' : ` · ${say(data.problem)}`}
          </span>
        )}
      </div>
      <FiveFaces
        count={data?.charts.length}
        error={answer.error}
        at={answer.dataUpdatedAt}
        onRetry={() => void answer.refetch()}
        empty={null}
      >
        <div className="bc-charts">
          {data?.charts.map(({ name, series }) => (
            <LineChart
              key={name}
              title={t(`monitoring.chart.${name}`)}
              series={series}
              from={data.from}
              to={data.to}
              stepMs={data.stepMs}
              unit={units[name]}
              asTable={asTable}
            />
          ))}
        </div>
      </FiveFaces>
      <Section title={t('monitoring.calendar')}>
        <ExpiryCalendar />
      </Section>
      <Section title={t('monitoring.ages')}>
        <SecretAges />
      </Section>
    </>
  );
}
