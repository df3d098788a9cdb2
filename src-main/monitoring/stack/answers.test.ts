import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testPki } from '../../../test/support/pki.ts';
import { accessTo, grafanaLogin, prometheusOpen, scrapeTargets } from './answers.ts';
import type { Deployed } from './deployed.ts';

/** Grafana can be had from no package registry: this answers `/api/org` as its documentation says that it does. */
const grafana =
  (password: string, anonymous = false): RequestListener =>
  ({ url, headers }, response) => {
    const right = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    const known = url === '/api/org' && (anonymous || headers.authorization === right);
    response.writeHead(known ? 200 : 401, { connection: 'close' }).end('{}');
  };

const servers: Server[] = [];
async function listen<S extends Server>(server: S): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
const lan = (grafanaPort: number): Deployed => ({
  profile: 'lan',
  grafanaPort,
  prometheusPort: 1,
  exporter: 'host.docker.internal:9464',
});

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'grafana-'));
});
afterAll(async () => {
  for (const server of servers) server.close();
  await rm(directory, { recursive: true, force: true });
});

describe('what runs is asked', () => {
  it('whether the administrator gets in by the password of .env, and nobody without one', async () => {
    const port = await listen(createServer(grafana('first-start')));
    expect(await grafanaLogin(lan(port), 'first-start', undefined)).toBe('accepted');
    expect(await grafanaLogin(lan(port), 'of-the-env-file', undefined)).toBe('refused');
    const open = await listen(createServer(grafana('first-start', true)));
    expect(await grafanaLogin(lan(open), 'first-start', undefined)).toBe('open');
    expect(await grafanaLogin(lan(1), 'first-start', undefined)).toBe('unreachable');
  });

  it('over TLS under the name of the certificate that was given, and no other is trusted', async () => {
    const pki = await testPki('Grafana');
    const leaf = await pki.leaf(['grafana.example']);
    const certificate = join(directory, 'cert.pem');
    await writeFile(certificate, leaf.cert + pki.intermediate.pem);
    const options = { cert: leaf.cert + pki.intermediate.pem, key: leaf.key };
    const port = await listen(createSecure(options, grafana('secret')));
    const secure: Deployed = { ...lan(port), profile: 'public', certificate };
    expect(await grafanaLogin(secure, 'secret', pki.bundle)).toBe('accepted');
    // Of a CA that the installation does not know: the file itself is what is trusted.
    expect(await grafanaLogin(secure, 'secret', undefined)).toBe('accepted');
    const other = await testPki('Other');
    const stranger = await other.leaf(['grafana.example']);
    await writeFile(certificate, stranger.cert);
    expect(await grafanaLogin(secure, 'secret', other.bundle)).toBe('unreachable');
  });

  it('a Prometheus with a login is asked by it, over TLS, and one that lets everybody in is told', async () => {
    const pki = await testPki('Prometheus');
    const leaf = await pki.leaf(['monitor.example']);
    const certificate = join(directory, 'prometheus.pem');
    await writeFile(certificate, leaf.cert + pki.intermediate.pem);
    const right = `Basic ${Buffer.from('bootroot:of-the-env-file').toString('base64')}`;
    const prometheus =
      (open: boolean): RequestListener =>
      ({ headers }, response) => {
        response.writeHead(open || headers.authorization === right ? 200 : 401, { connection: 'close' });
        response.end('{"data":{"activeTargets":[]}}');
      };
    const options = { cert: leaf.cert + pki.intermediate.pem, key: leaf.key };
    const at = async (open: boolean): Promise<Deployed> => ({
      ...lan(1),
      profile: 'public',
      guarded: true,
      certificate,
      prometheusPort: await listen(createSecure(options, prometheus(open))),
    });
    const closed = await at(false);
    expect(await scrapeTargets(closed, 'of-the-env-file', undefined)).toEqual([]);
    expect(await scrapeTargets(closed, 'another', pki.bundle)).toBeUndefined();
    expect(await prometheusOpen(closed, pki.bundle)).toBe(false);
    expect(await prometheusOpen(await at(true), pki.bundle)).toBe(true);
    // The charts of the console get there as well; another Prometheus gets nothing of this password.
    const url = `https://127.0.0.1:${String(closed.prometheusPort)}`;
    expect(await accessTo(`${url}/`, closed, 'of-the-env-file', pki.bundle)).toMatchObject({
      serverName: 'monitor.example',
      authorization: right,
    });
    const other = 'https://elsewhere.example';
    expect(await accessTo(other, closed, 'of-the-env-file', 'ca')).toEqual({ url: other, ca: 'ca' });
  });

  it('a Prometheus that is down is no list of targets', async () => {
    expect(await scrapeTargets(lan(1))).toBeUndefined();
  });
});
