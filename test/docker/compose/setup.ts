import { expect, test } from 'vitest';
import { readState } from '../../../src-main/workspace/state.ts';
import { all, type ComposeWorld } from './world.ts';

/** What a set-up leaves: containers that say whose they are, servers that serve certificates of the CA, a service that is proved. */
export function settingUp(world: () => ComposeWorld): void {
  test('is set up by the command line: all answers, and every container says whose it is', async () => {
    const { engine, compose, states } = world();
    expect(await states()).toEqual(all('ready'));
    const { identity } = (await compose.requireLayout()).compose;
    const labels = (await engine.containers()).map(({ labels }) => labels['io.bootroot.installation']);
    expect(labels).toEqual(Array.from({ length: 6 }, () => identity));
  });

  test('OpenBao and PostgreSQL serve certificates of the CA, and step-ca talks to its database by TLS', async () => {
    const { engine, made, compose, served, databaseClients } = world();
    const { ports } = await compose.requireLayout();
    const [openbao, postgres] = await served();
    expect([openbao.ok, openbao.served?.names]).toEqual([true, ['openbao', 'localhost', '127.0.0.1']]);
    expect([postgres.ok, postgres.served?.names]).toEqual([true, ['postgres', 'localhost', '127.0.0.1']]);
    const state = await readState(made.paths.state);
    expect(state.openbao_url).toBe(`https://127.0.0.1:${String(ports.openbao)}`);
    // As the bootroot tools have it; the signal is all that either of us ever sends.
    expect(state.infra_certs?.['openbao']).toMatchObject({
      cert_path: 'openbao/tls/server.crt',
      reload_strategy: { type: 'container_signal', container_name: 'blue-openbao', signal: 'SIGHUP' },
    });
    // Nothing was restarted on the way.
    for (const name of ['blue-openbao', 'blue-postgres'])
      expect((await engine.inspect(name)).restarts).toBe(0);
    const clients = await databaseClients();
    expect(clients.length).toBeGreaterThan(0);
    expect(clients.every(({ ssl }) => ssl)).toBe(true);
  });

  test('a service gets a certificate and is proved', async () => {
    const { inner, proved, operate } = world();
    await operate('service.add', await inner.call('services.defaults', { serviceName: 'edge-proxy' }));
    await proved();
  });
}
