import { expect, it } from 'vitest';
import { startMetrics } from '../metrics/endpoint.ts';
import type { AgentConfig, Profile } from './config.ts';
import { AgentTelemetry } from './telemetry.ts';

const hour = 3_600_000;
const profile = { identity: '001.edge.host.test', checkIntervalMs: hour, checkJitterMs: 0 } as Profile;
const config = { profiles: [profile], openbao: {} } as unknown as AgentConfig;

it('is healthy as long as every certificate is looked at in time, current, and OpenBao answers', () => {
  let now = Date.UTC(2030, 0, 1);
  const telemetry = new AgentTelemetry(() => now);
  expect(telemetry.health()).toEqual({ ok: false, problems: ['not started'] });
  telemetry.configured(config);
  expect(telemetry.health().ok).toBe(true);
  const notAfter = new Date(now + 2 * hour).toISOString();
  telemetry.checked(profile, { outcome: 'current', reasons: [], notAfter }, 5);
  now += 2 * hour;
  expect(telemetry.health().problems).toEqual(['001.edge.host.test: overdue', '001.edge.host.test: expired']);
  telemetry.checked(profile, { outcome: 'failed', reasons: ['expiry'], notAfter }, 5);
  telemetry.polled(false);
  expect(telemetry.health().problems).toEqual([
    '001.edge.host.test: failed',
    '001.edge.host.test: expired',
    'openbao: no answer',
  ]);
});

it('serves what it knows as Prometheus text, and nothing else', async () => {
  const telemetry = new AgentTelemetry(Date.now);
  telemetry.configured(config);
  const notAfter = new Date(4e12).toISOString();
  telemetry.checked(profile, { outcome: 'renewed', reasons: ['expiry'], notAfter }, 1500);
  telemetry.polled(true);
  const endpoint = await startMetrics({
    address: '127.0.0.1:0',
    registry: telemetry.registry,
    health: () => telemetry.health(),
  });
  const url = `http://${endpoint.address}`;
  try {
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const line of [
      'bootroot_agent_certificate_not_after_seconds{name="001.edge.host.test"} 4000000000',
      'bootroot_agent_checks_total{name="001.edge.host.test",outcome="renewed"} 1',
      'bootroot_agent_renewal_reasons_total{reason="expiry"} 1',
      'bootroot_agent_renewal_seconds_bucket{le="2"} 1',
      'bootroot_agent_openbao_up 1',
      'bootroot_agent_profiles 1',
    ])
      expect(text.split('\n')).toContain(line);
    const health = await fetch(`${url}/healthz`);
    expect([health.status, await health.json()]).toEqual([200, { ok: true, problems: [] }]);
    telemetry.polled(false);
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
    expect((await fetch(`${url}/other`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
    await expect(
      startMetrics({
        address: endpoint.address,
        registry: telemetry.registry,
        health: () => telemetry.health(),
      }),
    ).rejects.toMatchObject({ code: 'metrics_address' });
  } finally {
    await endpoint.close();
  }
});

it('forgets the series of a certificate that left the configuration', async () => {
  const telemetry = new AgentTelemetry(Date.now);
  telemetry.configured(config);
  telemetry.checked(profile, { outcome: 'current', reasons: [], notAfter: new Date(4e12).toISOString() }, 5);
  telemetry.configured({ profiles: [] } as unknown as AgentConfig);
  expect(await telemetry.registry.metrics()).not.toContain('certificate_not_after_seconds{');
});
