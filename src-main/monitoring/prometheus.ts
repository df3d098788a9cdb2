import * as z from 'zod';
import type { Charts, Series } from '../../shared/contract/monitoring.ts';
import { message } from '../../shared/message.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { tlsClient } from '../tls/client.ts';
import { ConnectionFailure } from '../tls/failure.ts';
import { httpRequest } from '../tls/http-request.ts';
import { chartsFromHistory, stepOf } from './charts.ts';
import type { PrometheusAccess } from './stack/answers.ts';
import type { History } from './history/history.ts';

type Chart = Charts['charts'][number];

const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});

/** One query a chart; `$step` is the step, and the label names the series. */
const queries: Readonly<Record<Chart['name'], readonly { readonly query: string; readonly name: string }[]>> =
  {
    issuance: [
      { query: 'sum(changes(bootroot_certificate_not_after_seconds{kind="leaf"}[$step]))', name: 'issued' },
    ],
    failures: [
      { query: 'sum(increase(bootroot_acme_answers_total{class="5xx"}[$step]))', name: 'acme5xx' },
      { query: 'sum(increase(bootroot_agent_checks_total{outcome="failed"}[$step]))', name: 'failed' },
    ],
    latency: [
      {
        query:
          '1000 * sum by (stage) (rate(bootroot_acme_answer_seconds_sum[$step])) / (sum by (stage) (rate(bootroot_acme_answer_seconds_count[$step])) > 0)',
        name: '$stage',
      },
    ],
    servers: [{ query: 'avg_over_time(bootroot_server_up[$step])', name: '$server' }],
    evidence: [{ query: 'sum by (rung) (bootroot_evidence_proved)', name: '$rung' }],
    needs: [{ query: 'max_over_time(bootroot_console_needs[$step])', name: '$severity' }],
  };

interface Range extends PrometheusAccess {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

/** @throws ConsoleError `prometheus_unusable` */
async function ask(range: Range, query: string, name: string): Promise<Series[]> {
  const { url, ca, serverName, partialPath = false, authorization, from, to, stepMs } = range;
  const step = `${Math.max(60, stepMs / 1000)}s`;
  const parameters = new URLSearchParams({
    query: query.replaceAll('$step', step),
    start: String(from / 1000),
    end: String(to / 1000),
    step: String(stepMs / 1000),
  });
  const tls =
    url.startsWith('https:') && ca !== undefined
      ? tlsClient({ ca, partialPath, ...(serverName === undefined ? {} : { serverName }) })
      : undefined;
  try {
    const { status, body } = await httpRequest({
      url: `${url.replace(/\/+$/, '')}/api/v1/query_range?${parameters.toString()}`,
      timeoutMs: 5_000,
      maxBytes: 8 << 20,
      ...(authorization === undefined ? {} : { headers: { authorization } }),
      ...(tls === undefined ? {} : { tls }),
    });
    if (status !== 200) throw new ConsoleError('prometheus_unusable', { url, reason: `HTTP ${status}` });
    const { data } = answerSchema.parse(JSON.parse(body.toString('utf8')));
    return data.result.map(({ metric, values }) => ({
      name: name.startsWith('$') ? (metric[name.slice(1)] ?? '') : name,
      points: values
        .map(([at, value]): [number, number] => [at * 1000, Number(value)])
        .filter(([, value]) => Number.isFinite(value)),
    }));
  } catch (error) {
    if (error instanceof ConsoleError) throw error;
    const reason = error instanceof ConnectionFailure ? error.code : 'answer';
    throw new ConsoleError('prometheus_unusable', { url, reason }, { cause: error });
  } finally {
    tls?.close();
  }
}

/** The charts of the last hours from a Prometheus. Throws `prometheus_unusable`. */
export async function chartsFromPrometheus(
  access: PrometheusAccess,
  hours: number,
  now: number,
): Promise<Charts> {
  const stepMs = stepOf(hours);
  const to = Math.floor(now / stepMs) * stepMs;
  const range = { ...access, from: to - hours * 3_600_000, to, stepMs };
  const names = Object.keys(queries) as Chart['name'][];
  const charts = await Promise.all(
    names.map(async (name): Promise<Chart> => {
      const found = await Promise.all(queries[name].map((one) => ask(range, one.query, one.name)));
      return { name, series: found.flat() };
    }),
  );
  return { source: 'prometheus', from: range.from, to, stepMs, charts };
}

/** From Prometheus when there is one that answers, else from the console's own history, which says why. */
export async function charts(
  history: History,
  prometheus: PrometheusAccess | undefined,
  hours: number,
  now: number,
): Promise<Charts> {
  if (prometheus === undefined) return chartsFromHistory(history, hours, now);
  try {
    return await chartsFromPrometheus(prometheus, hours, now);
  } catch (error) {
    const data = error instanceof ConsoleError ? error.data.params : {};
    const own = await chartsFromHistory(history, hours, now);
    return { ...own, problem: message('error.prometheus_unusable.what', data) };
  }
}
