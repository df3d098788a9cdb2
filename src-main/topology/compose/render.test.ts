import { expect, test } from 'vitest';
import {
  renderAgentOverride,
  renderComposeFile,
  renderEnv,
  renderResponderOverride,
  type ContainerLayout,
} from './render.ts';

const program = (path: string) => ({ path, version: '1' });
const layout: ContainerLayout = {
  version: 1,
  ports: {
    openbao: 18200,
    openbaoCluster: 18201,
    postgres: 15433,
    stepCa: 19000,
    acmeHttp: 18880,
    responderAdmin: 18080,
    resolver: 18053,
  },
  leafHours: 24,
  programs: {
    openbao: program('openbao/openbao:2.7.2'),
    postgres: program('postgres:18.4'),
    'step-ca': program('smallstep/step-ca:0.30.2'),
  },
  postgres: { home: '/w/local', superuser: 'postgres' },
  compose: {
    instance: 'blue',
    identity: '6d4f1d3e-9d35-4f61-9a3c-0d5f3c0e8a11',
    responderImage: 'bootroot-http01-responder:0.3.0',
    user: '1000:1000',
  },
};

test('every container, network and volume carries the identity of its installation', () => {
  const text = renderComposeFile(layout) + renderAgentOverride(layout);
  const things = [...text.matchAll(/container_name:|^ {2}(?:default|[a-z-]+-(?:data|audit)):/gm)];
  const labels = [...text.matchAll(/io\.bootroot\.installation: "6d4f1d3e-[^"]+"/g)];
  expect(things).toHaveLength(10);
  expect(labels).toHaveLength(things.length);
});

test('every port is published on loopback, every image pinned, every container started again', () => {
  const text = renderComposeFile(layout);
  const published = [...text.matchAll(/^ {6}- "(.*):\d+"$/gm)].map(([, host]) => host);
  expect(published).toHaveLength(5);
  for (const host of published) expect(host).toMatch(/^127\.0\.0\.1:\$\{[A-Z0-9_]+:-\d+\}$/);
  expect(text).not.toContain('latest');
  expect([...text.matchAll(/restart: unless-stopped/g)]).toHaveLength(4);
  // Nothing is started on the way to something else (failure mode C11).
  expect(text + renderAgentOverride(layout)).not.toContain('depends_on');
});

test('the responder has one alias for each service, each once', () => {
  expect(renderResponderOverride(['b.x', 'a.x', 'b.x'])).toContain('aliases: ["a.x", "b.x"]');
});

test('.env says what the tools read', () => {
  expect(renderEnv(layout, 'pw')).toBe(
    [
      'POSTGRES_USER=postgres',
      'POSTGRES_PASSWORD=pw',
      'POSTGRES_DB=postgres',
      'BOOTROOT_STEPCA_USER=1000:1000',
      'BOOTROOT_INSTANCE=blue',
      'POSTGRES_HOST_PORT=15433',
      'OPENBAO_HOST_PORT=18200',
      'STEPCA_HOST_PORT=19000',
      'HTTP01_ADMIN_HOST_PORT=18080',
      'HTTP01_CHALLENGE_HOST_PORT=18880',
      '',
    ].join('\n'),
  );
});
