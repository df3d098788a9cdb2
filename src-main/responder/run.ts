import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { Health, MetricsEndpoint } from '../metrics/endpoint.ts';
import { readResponderConfig, type ResponderConfig } from './config.ts';
import { startResponder, type ResponderLog } from './responder.ts';
import { inheritedSockets } from './inherited-sockets.ts';
import type { ResponderTelemetry } from './telemetry.ts';

export interface RunResponderOptions {
  /** `responder.toml`. */
  readonly configPath: string;
  readonly log: ResponderLog;
  /** Where `BOOTROOT_RESPONDER__<KEY>` is looked up; the process's own environment unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Ends the responder, beside SIGTERM and SIGINT. */
  readonly signal?: AbortSignal;
}

/** Loaded and begun only where somebody asks for it; the address is taken once and does not change while the responder runs. */
async function metricsOf({
  metrics_addr: address,
}: ResponderConfig): Promise<
  { readonly telemetry: ResponderTelemetry; readonly endpoint: MetricsEndpoint } | undefined
> {
  if (address === undefined) return undefined;
  const [{ ResponderTelemetry }, { startMetrics }] = await Promise.all([
    import('./telemetry.ts'),
    import('../metrics/endpoint.ts'),
  ]);
  const telemetry = new ResponderTelemetry();
  const health = (): Health => ({ ok: true, problems: [] });
  return { telemetry, endpoint: await startMetrics({ address, registry: telemetry.registry, health }) };
}

/**
 * The responder as a program: `bootroot-console responder --config F`. SIGHUP reads the configuration again and keeps all tokens;
 * when it is not valid the old one stays in force and the log says so. Returns when it was told to end.
 *
 * @throws ConsoleError `responder_config`, `tls_key_mismatch`, `responder_port_taken`, `responder_port_denied`, `metrics_address` at the start only
 */
export async function runResponder(options: RunResponderOptions): Promise<void> {
  const { log, environment = process.env } = options;
  const read = () => readResponderConfig(options.configPath, environment);
  const config = await read();
  const metrics = await metricsOf(config);
  const telemetry = metrics?.telemetry;
  const endpoint = metrics?.endpoint;
  const responder = await startResponder(config, {
    log,
    sockets: inheritedSockets(process.env, process.pid),
    ...(telemetry === undefined ? {} : { telemetry }),
  }).catch(async (error: unknown) => {
    await endpoint?.close();
    throw error;
  });
  telemetry?.watch(() => responder.tokens);
  log(
    message('responder.started', { listen: responder.challengeAddress, admin: responder.adminAddress }),
    'info',
  );
  if (endpoint !== undefined) log(message('responder.metrics', { address: endpoint.address }), 'info');
  let pending = Promise.resolve();
  const reload = (): void => {
    pending = pending
      .then(async () => responder.reload(await read()))
      .then(() => telemetry?.reloaded('done'))
      .catch((error: unknown) => {
        telemetry?.reloaded('failed');
        const known = isConsoleError(error) ? error : new ConsoleError('internal');
        const field = String(known.data.params['field'] ?? options.configPath);
        log(message('responder.reload_failed', { field }), 'error');
      });
  };
  process.on('SIGHUP', reload);
  await new Promise<void>((resolve) => {
    const end = (): void => {
      process.off('SIGTERM', end);
      process.off('SIGINT', end);
      options.signal?.removeEventListener('abort', end);
      resolve();
    };
    process.on('SIGTERM', end);
    process.on('SIGINT', end);
    options.signal?.addEventListener('abort', end);
    if (options.signal?.aborted === true) end();
  });
  process.off('SIGHUP', reload);
  await pending;
  await endpoint?.close();
  await responder.stop();
  log(message('responder.stopped'), 'info');
}
