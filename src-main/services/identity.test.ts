import { describe, expect, it } from 'vitest';
import { identityOf, isDnsLabel, isDomain, isInstanceId, isRegistrationId } from './identity.ts';

describe('names of a service', () => {
  it.each(['edge-proxy', 'a', '0', 'A1', 'x'.repeat(63)])('takes %s as a label', (text) => {
    expect(isDnsLabel(text)).toBe(true);
  });
  it.each(['', '-a', 'a-', 'a_b', 'a.b', 'x'.repeat(64), 'ä', 'a b'])('refuses %j as a label', (text) => {
    expect(isDnsLabel(text)).toBe(false);
  });
  it('takes a domain of labels and refuses an empty label or more than 253 octets', () => {
    expect(isDomain('trusted.domain')).toBe(true);
    expect(isDomain('trusted..domain')).toBe(false);
    expect(isDomain(Array.from({ length: 64 }, () => 'abcd').join('.'))).toBe(false);
  });
  it('takes digits only as an instance', () => {
    expect(isInstanceId('001')).toBe(true);
    expect(isInstanceId('a01')).toBe(false);
    expect(isInstanceId('')).toBe(false);
  });
  it('takes lower case only as a registration id', () => {
    expect(isRegistrationId('edge-proxy-2')).toBe(true);
    expect(isRegistrationId('Edge')).toBe(false);
  });
  it('joins the identity in the order of the contract', () => {
    expect(
      identityOf({
        instanceId: '001',
        serviceName: 'edge-proxy',
        hostname: 'edge-node-01',
        domain: 'trusted.domain',
      }),
    ).toBe('001.edge-proxy.edge-node-01.trusted.domain');
  });
});
