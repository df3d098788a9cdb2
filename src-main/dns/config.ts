import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import { hostPortSchema as address } from '../tls/host-port.ts';

/** The name server's configuration, JSON. */
const resolverConfigSchema = z.object({
  /** UDP and TCP. */
  listen_addr: address.default('127.0.0.1:0'),
  /** What every name of the installation resolves to. */
  address: z.string().refine(isIPv4).default('127.0.0.1'),
  /** `names.json` or `state.json` files; relative paths count from the configuration's directory. */
  names_paths: z.array(z.string().min(1)).default([]),
  names: z.array(z.string().min(1).max(255)).default([]),
  /** Servers that are asked for every other name; without one the answer is REFUSED. */
  forward: z.array(address).default([]),
});

export type ResolverConfig = z.infer<typeof resolverConfigSchema>;
export type ResolverConfigInput = z.input<typeof resolverConfigSchema>;

const expectations: Readonly<Record<string, string>> = {
  listen_addr: 'host:port',
  address: 'IPv4',
  forward: '["host:port"]',
  names: '["name"]',
  names_paths: '["path"]',
};

/** Checks a configuration and fills in the defaults. @throws ConsoleError `dns_config` */
export function checkResolverConfig(value: unknown): ResolverConfig {
  const result = resolverConfigSchema.safeParse(value);
  if (result.success) return result.data;
  const field = String(result.error.issues[0]?.path[0] ?? 'JSON');
  throw new ConsoleError('dns_config', { field, expected: expectations[field] ?? 'JSON' });
}

/** Reads the configuration file. @throws ConsoleError `dns_config` */
export async function readResolverConfig(path: string): Promise<ResolverConfig> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new ConsoleError('dns_config', { field: path, expected: 'JSON' }, { cause });
  }
  const config = checkResolverConfig(value);
  const base = dirname(resolve(path));
  return { ...config, names_paths: config.names_paths.map((file) => resolve(base, file)) };
}
