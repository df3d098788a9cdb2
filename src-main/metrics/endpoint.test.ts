import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { httpRequest } from '../tls/http-request.ts';
import { startMetrics, type MetricsEndpoint } from './endpoint.ts';

let endpoint: MetricsEndpoint | undefined;
afterEach(async () => endpoint?.close());

const status = async (path: string, authorization?: string): Promise<number> => {
  const url = `http://${endpoint?.address ?? ''}${path}`;
  const headers = authorization === undefined ? {} : { authorization };
  return (await httpRequest({ url, headers })).status;
};

describe('the metrics endpoint behind a token', () => {
  it('shows the metrics to whoever has it, and to nobody else', async () => {
    const health = () => ({ ok: true, problems: [] });
    const token = 'prometheus-0123456789';
    endpoint = await startMetrics({ address: '127.0.0.1:0', registry: new Registry(), health, token });
    expect(await status('/metrics')).toBe(401);
    expect(await status('/metrics', `Bearer ${token}x`)).toBe(401);
    expect(await status('/metrics', token)).toBe(401);
    expect(await status('/metrics', `Bearer ${token}`)).toBe(200);
    expect(await status('/healthz')).toBe(200);
  });
});
