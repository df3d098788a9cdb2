import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { version } from '../../package.json';
import { acmeMeter } from '../acme/meter.ts';
import { metricTable } from './metric-table.ts';
import type { Picture } from './picture.ts';

/** What `/metrics` of the console answers: every series of the last picture, and what this process measured of itself. */
export class Exporter {
  readonly registry = new Registry();
  readonly #gauges: ReadonlyMap<string, Gauge>;
  readonly #deaf: () => void;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'bootroot_console_info',
      help: 'Version of the console.',
      labelNames: ['version'],
      registers,
    }).set({ version }, 1);
    const answers = new Counter({
      name: 'bootroot_acme_answers_total',
      help: 'Answers of the CA to this process by stage and class of status; none: no answer came.',
      labelNames: ['stage', 'class'],
      registers,
    });
    const duration = new Histogram({
      name: 'bootroot_acme_answer_seconds',
      help: 'How long the CA took for an answer, by stage.',
      labelNames: ['stage'],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    // A rate over something that appears with its first failure misses that failure.
    for (const stage of ['directory', 'account', 'order', 'challenge', 'finalize'])
      for (const kind of ['2xx', '4xx', '5xx', 'none']) answers.inc({ stage, class: kind }, 0);
    this.#deaf = acmeMeter.listen(({ stage, status, ms }) => {
      answers.inc({ stage, class: status === 0 ? 'none' : `${Math.floor(status / 100)}xx` });
      duration.observe({ stage }, ms / 1000);
    });
    this.#gauges = new Map(
      metricTable.map(({ name, help, labels }) => [
        name,
        new Gauge({ name, help, labelNames: [...labels], registers }),
      ]),
    );
  }

  /** Replaces every series; one of something that is not declared any more ends. */
  show(picture: Picture): void {
    for (const { name, labels, points } of metricTable) {
      const gauge = this.#gauges.get(name);
      gauge?.reset();
      const found = points(picture);
      // Without labels prom-client goes on with 0, which is not what "not known" means.
      if (labels.length === 0 && found.length === 0) gauge?.remove();
      for (const [values, value] of found) gauge?.set({ ...values }, value);
    }
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  close(): void {
    this.#deaf();
  }
}
