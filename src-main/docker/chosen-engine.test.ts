import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { chooseEngine, engineEnvironment, engineSaidBy, forceEngine } from './chosen-engine.ts';
import { endpointOf } from './endpoint.ts';

afterEach(() => {
  chooseEngine(undefined);
  forceEngine(undefined);
});
const pathOf = (environment = {}): unknown => endpointOf(engineEnvironment(environment));

test('the command line counts before the environment, that before the setting, and else it is the usual socket', () => {
  const shell = { DOCKER_HOST: 'unix:///run/shell.sock' };
  expect([engineSaidBy({}), pathOf()]).toEqual(['nobody', { kind: 'socket', path: '/var/run/docker.sock' }]);
  chooseEngine({ host: 'unix:///run/setting.sock' });
  expect([engineSaidBy({}), pathOf()]).toEqual(['setting', { kind: 'socket', path: '/run/setting.sock' }]);
  expect([engineSaidBy(shell), pathOf(shell)]).toEqual([
    'environment',
    { kind: 'socket', path: '/run/shell.sock' },
  ]);
  forceEngine({ host: 'unix:///run/flag.sock' });
  expect([engineSaidBy(shell), pathOf(shell)]).toEqual(['flag', { kind: 'socket', path: '/run/flag.sock' }]);
});

test('one over TCP is always verified, and what cannot be is refused, never exchanged for another', async () => {
  const empty = await mkdtemp(`${tmpdir()}/no-pem-`);
  for (const [choice, code] of [
    [{ host: 'tcp://engine.example:2376', certPath: empty }, 'docker_certificates'],
    [{ host: 'http://engine.example' }, 'docker_endpoint'],
    [{ host: 'unix://relative.sock' }, 'docker_endpoint'],
  ] as const) {
    expect(() => forceEngine(choice)).toThrow(expect.objectContaining({ code }));
    expect(engineSaidBy({})).toBe('nobody');
    // One that was set earlier is not exchanged for another engine either.
    chooseEngine(choice);
    expect(() => pathOf()).toThrow(expect.objectContaining({ code }));
    chooseEngine(undefined);
  }
  await rm(empty, { recursive: true });
});
