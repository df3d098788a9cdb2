import { expect, test } from 'vitest';
import { renderService, systemdWord } from './unit.ts';

const unit = { name: 'a.service', description: '100 %', command: ['/bin/a', 'b c'], writable: ['/srv/a b'] };

test('words cannot leave their place', () => {
  expect(systemdWord('a "b" \\ %h $HOME')).toBe('"a \\"b\\" \\\\ %%h $$HOME"');
});

test('a service starts with the host, after the network, and again after a failure', () => {
  const text = renderService(unit);
  for (const line of [
    'After=network-online.target',
    'Restart=on-failure',
    'WantedBy=multi-user.target',
    'ExecStart="/bin/a" "b c"',
    'ReadWritePaths="/srv/a b"',
    'Description=100 %%',
    'CapabilityBoundingSet=',
  ])
    expect(text.split('\n')).toContain(line);
});

test('only who needs a low port may take one', () => {
  expect(renderService({ ...unit, lowPorts: true })).toContain('AmbientCapabilities=CAP_NET_BIND_SERVICE\n');
  expect(renderService(unit)).not.toContain('CAP_NET_BIND_SERVICE');
});

test('a credential is handed over by systemd, from a path that is taken as it is', () => {
  const text = renderService({ ...unit, credentials: { secret_id: '/srv/100 %/secret_id' } });
  expect(text.split('\n')).toContain('LoadCredential=secret_id:/srv/100 %%/secret_id');
  expect(renderService(unit)).not.toContain('LoadCredential');
});

test('what a timer starts is not started with the host', () => {
  const text = renderService({ ...unit, once: true });
  expect(text).toContain('Type=oneshot');
  expect(text).not.toContain('[Install]');
});
