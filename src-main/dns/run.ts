import { message, type Message } from '../../shared/message.ts';
import { readResolverConfig } from './config.ts';
import { startResolver } from './resolver.ts';

export interface RunResolverOptions {
  /** JSON file, see config.ts. */
  readonly configPath: string;
  readonly log: (message: Message, level: 'info' | 'warn' | 'error') => void;
  /** Ends the server, beside SIGTERM and SIGINT. */
  readonly signal?: AbortSignal;
}

/**
 * The name server as a program. SIGHUP reads the names again (they are also read when a file has changed). Returns when told to end.
 * @throws ConsoleError `dns_config`, `dns_port_taken`
 */
export async function runResolver(options: RunResolverOptions): Promise<void> {
  const { log } = options;
  const resolver = await startResolver(await readResolverConfig(options.configPath), (names) =>
    names === undefined
      ? log(message('dns.reload_failed'), 'error')
      : log(message('dns.reloaded', { names }), 'info'),
  );
  log(message('dns.started', { address: resolver.address, names: resolver.names }), 'info');
  const reload = (): void => {
    resolver.refresh().catch(() => log(message('dns.reload_failed'), 'error'));
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
  await resolver.stop();
  log(message('dns.stopped'), 'info');
}
