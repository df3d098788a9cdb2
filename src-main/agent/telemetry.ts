import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Health } from '../metrics/endpoint.ts';
import type { AgentConfig, Profile } from './config.ts';
import type { RenewalResult } from './renewal.ts';

interface Seen {
  readonly checkedAt: number;
  readonly outcome: RenewalResult['outcome'];
  readonly notAfter?: number;
}

/** A check that is late by this much more than its interval and jitter means that the agent hangs. */
const graceMs = 10 * 60_000;

/** What the agent tells about itself: `bootroot_agent_*`, one series for each certificate; a certificate that has expired keeps its series. */
export class AgentTelemetry {
  readonly registry = new Registry();
  readonly #now: () => number;
  readonly #since: number;
  readonly #seen = new Map<string, Seen>();
  #config: AgentConfig | undefined;
  #polled: { readonly at: number; readonly ok: boolean } | undefined;

  readonly #registers = [this.registry];
  readonly #notAfter = new Gauge({
    name: 'bootroot_agent_certificate_not_after_seconds',
    help: 'End of the certificate that is on disk, unix time.',
    labelNames: ['name'],
    registers: this.#registers,
  });
  readonly #checkedAt = new Gauge({
    name: 'bootroot_agent_last_check_seconds',
    help: 'When this certificate was looked at last, unix time.',
    labelNames: ['name'],
    registers: this.#registers,
  });
  readonly #checks = new Counter({
    name: 'bootroot_agent_checks_total',
    help: 'Looks at a certificate by outcome: current, renewed, failed.',
    labelNames: ['name', 'outcome'],
    registers: this.#registers,
  });
  readonly #reasons = new Counter({
    name: 'bootroot_agent_renewal_reasons_total',
    help: 'Why certificates had to be renewed.',
    labelNames: ['reason'],
    registers: this.#registers,
  });
  readonly #seconds = new Histogram({
    name: 'bootroot_agent_renewal_seconds',
    help: 'From the order to the proof, with all tries.',
    buckets: [0.5, 1, 2, 5, 10, 30, 60, 300],
    registers: this.#registers,
  });
  readonly #profiles = new Gauge({
    name: 'bootroot_agent_profiles',
    help: 'Certificates in the configuration in force.',
    registers: this.#registers,
  });
  readonly #reloads = new Counter({
    name: 'bootroot_agent_config_reloads_total',
    help: 'Configurations that were read again, by outcome: done, failed.',
    labelNames: ['outcome'],
    registers: this.#registers,
  });
  readonly #reloadOk = new Gauge({
    name: 'bootroot_agent_config_last_reload_successful',
    help: '1 while what the file says is in force; 0 when it was refused and an older configuration goes on.',
    registers: this.#registers,
  });
  readonly #openbao = new Gauge({
    name: 'bootroot_agent_openbao_up',
    help: '1 when OpenBao answered the last poll. Absent without an [openbao] table.',
    registers: [],
  });

  /** @param now unix milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
    this.#reloadOk.set(1);
    collectDefaultMetrics({ register: this.registry });
  }

  configured(config: AgentConfig): void {
    this.#config = config;
    this.#profiles.set(config.profiles.length);
    const names = new Set(config.profiles.map(({ identity }) => identity));
    for (const name of this.#seen.keys()) {
      if (names.has(name)) continue;
      this.#seen.delete(name);
      this.#notAfter.remove(name);
      this.#checkedAt.remove(name);
    }
    if (
      config.openbao !== undefined &&
      this.registry.getSingleMetric('bootroot_agent_openbao_up') === undefined
    )
      this.registry.registerMetric(this.#openbao);
  }

  reloaded(outcome: 'done' | 'failed'): void {
    this.#reloads.inc({ outcome });
    this.#reloadOk.set(outcome === 'done' ? 1 : 0);
  }

  checked({ identity: name }: Profile, result: RenewalResult, ms: number): void {
    // A profile may leave while its last check ends.
    if (this.#config?.profiles.every(({ identity }) => identity !== name) === true) return;
    const checkedAt = this.#now();
    const notAfter = result.notAfter === undefined ? undefined : Date.parse(result.notAfter);
    this.#seen.set(name, {
      checkedAt,
      outcome: result.outcome,
      ...(notAfter === undefined ? {} : { notAfter }),
    });
    this.#checkedAt.set({ name }, checkedAt / 1000);
    this.#checks.inc({ name, outcome: result.outcome });
    if (notAfter !== undefined) this.#notAfter.set({ name }, notAfter / 1000);
    if (result.outcome === 'current') return;
    for (const reason of result.reasons) this.#reasons.inc({ reason });
    if (result.outcome === 'renewed') this.#seconds.observe(ms / 1000);
  }

  polled(ok: boolean): void {
    this.#polled = { at: this.#now(), ok };
    this.#openbao.set(ok ? 1 : 0);
  }

  /** Healthy: every certificate was looked at when it was due, none is missing, expired or failed at the last look. */
  health(): Health {
    const config = this.#config;
    if (config === undefined) return { ok: false, problems: ['not started'] };
    const now = this.#now();
    const problems = config.profiles.flatMap((profile): string[] => {
      const seen = this.#seen.get(profile.identity);
      const due =
        (seen?.checkedAt ?? this.#since) + profile.checkIntervalMs + profile.checkJitterMs + graceMs;
      return [
        ...(now > due ? [`${profile.identity}: overdue`] : []),
        ...(seen?.outcome === 'failed' ? [`${profile.identity}: failed`] : []),
        ...(seen?.notAfter !== undefined && seen.notAfter <= now ? [`${profile.identity}: expired`] : []),
      ];
    });
    if (this.#polled?.ok === false) problems.push('openbao: no answer');
    return { ok: problems.length === 0, problems };
  }
}
