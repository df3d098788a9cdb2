import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';

/** What the responder tells about itself: `bootroot_responder_*`. */
export class ResponderTelemetry {
  readonly registry = new Registry();
  readonly #challenges: Counter<'outcome'>;
  readonly #admin: Counter<'status'>;
  readonly #reloads: Counter<'outcome'>;

  #tokens: () => number = () => 0;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#challenges = new Counter({
      name: 'bootroot_responder_challenges_total',
      help: 'Challenge requests by outcome: answered, unknown.',
      labelNames: ['outcome'],
      registers,
    });
    this.#admin = new Counter({
      name: 'bootroot_responder_admin_requests_total',
      help: 'Requests at the admin listener by HTTP status.',
      labelNames: ['status'],
      registers,
    });
    this.#reloads = new Counter({
      name: 'bootroot_responder_config_reloads_total',
      help: 'Configurations that were read again, by outcome: done, failed.',
      labelNames: ['outcome'],
      registers,
    });
    const gauge: Gauge = new Gauge({
      name: 'bootroot_responder_tokens',
      help: 'Tokens with an answer.',
      registers,
      collect: () => gauge.set(this.#tokens()),
    });
  }

  /** @param tokens how many tokens are held now */
  watch(tokens: () => number): void {
    this.#tokens = tokens;
  }

  challenge(answered: boolean): void {
    this.#challenges.inc({ outcome: answered ? 'answered' : 'unknown' });
  }

  admin(status: number): void {
    this.#admin.inc({ status });
  }

  reloaded(outcome: 'done' | 'failed'): void {
    this.#reloads.inc({ outcome });
  }
}
