import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { sleep } from '../acme/retry.ts';
import type { Health, MetricsEndpoint } from '../metrics/endpoint.ts';
import { Agent } from './agent.ts';
import { readSettledConfig, type AgentConfig, type AgentFlags, type Environment } from './config.ts';
import type { AgentLog } from './log.ts';
import type { AgentTelemetry } from './telemetry.ts';

export interface RunAgentOptions {
  readonly configPath: string;
  readonly oneshot: boolean;
  readonly flags: AgentFlags;
  readonly environment: Environment;
  readonly log: AgentLog;
  /** Ends the agent, beside SIGTERM and SIGINT. */
  readonly signal?: AbortSignal;
}

/** Loaded and begun only where somebody asks for it; the address is taken once and does not change while the agent runs. */
async function metricsOf(
  config: AgentConfig,
): Promise<{ readonly telemetry: AgentTelemetry; readonly endpoint: MetricsEndpoint } | undefined> {
  if (config.metricsAddress === undefined) return undefined;
  const [{ AgentTelemetry }, { startMetrics }] = await Promise.all([
    import('./telemetry.ts'),
    import('../metrics/endpoint.ts'),
  ]);
  const telemetry = new AgentTelemetry(Date.now);
  const { registry } = telemetry;
  const health = (): Health => telemetry.health();
  return { telemetry, endpoint: await startMetrics({ address: config.metricsAddress, registry, health }) };
}

/**
 * The renewal agent as a program: `bootroot-console agent --config F`. SIGHUP builds the whole new configuration first and keeps the old
 * one when anything is wrong with it. Returns when it was told to end.
 * @returns how many certificates a `--oneshot` run could not renew; 0 otherwise
 * @throws `agent_config` and its like and `metrics_address` at the start only; `agent_hardening_failed`
 */
export async function runAgent(options: RunAgentOptions): Promise<number> {
  const { log, environment, flags } = options;
  const source = { path: options.configPath, flags, environment };
  const config = await readSettledConfig(source);
  log(
    message('agent.log.config', { hash: config.hash.slice(0, 12), profiles: config.profiles.length }),
    'info',
  );
  let fail: (error: unknown) => void = () => undefined;
  const failure = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  // Observed below, or not at all in a single run.
  failure.catch(() => undefined);
  const metrics = options.oneshot ? undefined : await metricsOf(config);
  const telemetry = metrics?.telemetry;
  const deps = {
    log,
    now: Date.now,
    random: Math.random,
    sleep,
    ...(telemetry === undefined ? {} : { telemetry }),
  };
  const agent = new Agent(config, { source, ...deps }, fail);
  if (options.oneshot) return (await agent.once()).filter(({ outcome }) => outcome === 'failed').length;

  if (metrics !== undefined) log(message('agent.log.metrics', { address: metrics.endpoint.address }), 'info');
  let pending = Promise.resolve();
  const reload = (): void => {
    pending = pending
      .then(() => agent.reload())
      .catch((error: unknown) => {
        const hash = agent.config.hash.slice(0, 12);
        log(message('agent.log.reload_failed', { hash }), 'error', { error });
      });
  };
  const stop = new AbortController();
  process.on('SIGHUP', reload);
  const ended = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const end = (): void => stop.abort();
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  options.signal?.addEventListener('abort', end);
  if (options.signal?.aborted === true) end();
  agent.start();
  // A single run starts without what it does not need.
  const { FastPoll } = await import('./fast-poll.ts');
  const polling = new FastPoll({ agent, ...deps }).run(stop.signal);
  try {
    await Promise.race([ended, failure, polling.then(() => ended)]);
  } finally {
    stop.abort();
    process.off('SIGTERM', end);
    process.off('SIGINT', end);
    options.signal?.removeEventListener('abort', end);
    process.off('SIGHUP', reload);
    await pending;
    await metrics?.endpoint.close();
    await agent.stop();
    await polling.catch((error: unknown) => {
      throw new ConsoleError('internal', {}, { cause: error });
    });
    log(message('agent.log.stopped'), 'info');
  }
  return 0;
}
