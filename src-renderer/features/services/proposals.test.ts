import { describe, expect, it } from 'vitest';
import type { ServiceAdd } from '../../../shared/contract/services.ts';
import { takeProposals } from './proposals.ts';

const proposed = (name: string): ServiceAdd => ({
  serviceName: name,
  instanceId: '001',
  hostname: 'node-01',
  domain: 'trusted.domain',
  deployType: 'daemon',
  agentConfigPath: `agents/${name}/agent.toml`,
  certPath: `certs/${name}.crt`,
  keyPath: `certs/${name}.key`,
});

describe('proposed paths', () => {
  it('follow the name', () => {
    const input = { ...proposed('edge'), serviceName: 'web' };
    expect(takeProposals(input, proposed('edge'), proposed('web'))).toEqual(proposed('web'));
  });
  it('leave alone what the operator chose', () => {
    const input = { ...proposed('edge'), serviceName: 'web', keyPath: '/etc/ssl/own.key' };
    expect(takeProposals(input, proposed('edge'), proposed('web'))).toEqual({
      ...proposed('web'),
      keyPath: '/etc/ssl/own.key',
    });
  });
});
