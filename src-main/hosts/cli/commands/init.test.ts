import { expect, test } from 'vitest';
import { portsOf } from '../../../setup/local/check.ts';
import { setupDefaults } from '../../../setup/local/defaults.ts';
import { setupInput } from './init.ts';

const defaults = await setupDefaults(
  {
    inspect: () => Promise.reject(new Error('not asked')),
    installed: async () => false,
    portHolder: async () => undefined,
    freePort: async (preferred) => preferred,
    home: async () => '/home/kim',
  },
  '/srv/x',
);

test('every port has a flag; what a flag names is no proposal any more', () => {
  const input = setupInput(defaults, {
    openbaoPort: '1200',
    openbaoClusterPort: '1201',
    postgresPort: '1202',
    stepcaPort: '1203',
    acmeHttpPort: '1204',
    responderPort: '1205',
    resolverPort: '1206',
  });
  expect([...portsOf(input).values()]).toEqual([1200, 1201, 1202, 1203, 1204, 1205, 1206]);
  expect(input.proposedPorts).toEqual({});
});

test('a port that is said again as it would have been anyway is the operator’s all the same', () => {
  const input = setupInput(defaults, { openbaoClusterPort: String(defaults.openbao.clusterPort) });
  expect(portsOf(input)).toEqual(portsOf(defaults));
  expect(Object.keys(input.proposedPorts ?? {})).toHaveLength(6);
  expect(input.proposedPorts).not.toHaveProperty(['openbao.clusterPort']);
});

test.each(['x', '-1', '70000', '80.5'])('the port %j is refused', (acmeHttpPort) => {
  expect(() => setupInput(defaults, { acmeHttpPort })).toThrow('cli_usage');
});
