import { expect, test } from 'vitest';
import type { HostAdd } from '../../../shared/contract/hosts.ts';
import { followName } from './paths-for.ts';

const input: HostAdd = {
  serviceName: 'web',
  instanceId: '001',
  hostname: 'node',
  domain: 'trusted.domain',
  deployType: 'daemon',
  directory: '/etc/bootroot/web',
  agentConfigPath: '/etc/bootroot/web/agent.toml',
  certPath: '/etc/bootroot/web/certs/web.crt',
  keyPath: '/srv/mine.key',
  openbaoUrl: 'https://ca:8200',
  agentServer: 'https://ca:9000/acme/acme/directory',
  responderUrl: 'http://ca:8080',
  wrapTtl: '30m',
};

test('paths that carry the name follow it; others stay', () => {
  const next = followName(input, { ...input, serviceName: 'web2' });
  expect([next.directory, next.certPath, next.keyPath]).toEqual([
    '/etc/bootroot/web2',
    '/etc/bootroot/web2/certs/web2.crt',
    '/srv/mine.key',
  ]);
});
