import { X509Certificate } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isConsoleError, type ConsoleError } from '../../shared/errors.ts';
import { newEcKey } from '../../src-main/acme/keys.ts';
import { probePath, type PathProbeResult } from '../../src-main/acme/path-probe.ts';
import type { AcmeSessionOptions, ChallengeResponder, IssueProgress } from '../../src-main/acme/port.ts';
import { acmeSession, issue } from '../../src-main/acme/session.ts';
import { AcmeWorkers } from '../../src-main/acme/workers.ts';
import { startResolver, type Resolver } from '../../src-main/dns/resolver.ts';
import { responderClient } from '../../src-main/responder/client.ts';
import { startResponder, type Responder } from '../../src-main/responder/responder.ts';
import { tlsClient } from '../../src-main/tls/client.ts';
import { connectionFailure } from '../../src-main/tls/failure.ts';
import { httpRequest } from '../../src-main/tls/http-request.ts';
import { writeRequest } from '../../src-main/x509/request-writer.ts';
import { generateKey } from '../../src-main/x509/keys.ts';
import { binary } from '../support/binaries.ts';
import { freePort } from '../support/child.ts';
import { startPebble, type Pebble } from '../support/pebble.ts';
import { testPki } from '../support/pki.ts';
import { startStepCa, type StepCa } from '../support/step-ca.ts';

const secret = 'responder secret';
const name = '001.edge-proxy.edge-node-01.trusted.domain';
const names = [name, '002.edge-proxy.edge-node-01.trusted.domain', 'astray.trusted.domain'];
const identifiers = [{ type: 'dns' as const, value: name }];

let resolver: Resolver;
let responder: Responder;
let httpPort: number;
let stepCa: StepCa;
let port: ChallengeResponder;

beforeAll(async () => {
  const fleet = Array.from({ length: 60 }, (_, index) => `${index}.fleet.host.trusted.domain`);
  resolver = await startResolver({ names: [...names, ...fleet] });
  responder = await startResponder({
    hmac_secret: secret,
    listen_addr: '127.0.0.1:0',
    admin_addr: '127.0.0.1:0',
    admin_rate_limit_requests: 100_000,
  });
  httpPort = Number(responder.challengeAddress.split(':')[1]);
  port = responderClient({ url: `http://${responder.adminAddress}`, secret });
  stepCa = await startStepCa({ binary: await binary('step-ca'), httpPort, resolver: resolver.address });
});

afterAll(async () => {
  await stepCa?.stop();
  await responder?.stop();
  await resolver?.stop();
});

const session = (): AcmeSessionOptions => ({
  directoryUrl: stepCa.directoryUrl,
  ca: stepCa.pki.bundle,
  accountKey: newEcKey(),
});

async function failure(promise: Promise<unknown>): Promise<ConsoleError> {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (caught: unknown) => caught,
  );
  if (!isConsoleError(error)) throw error;
  return error;
}

describe('step-ca', () => {
  test('an order ends in a leaf for the identity and the chain below the root', async () => {
    const progress: IssueProgress[] = [];
    const { leafPem, chainPem } = await issue({
      ...session(),
      pins: [stepCa.pki.root.sha256],
      identifiers,
      key: newEcKey(),
      responder: port,
      onProgress: (step) => progress.push(step),
    });
    const leaf = new X509Certificate(leafPem);
    expect(leaf.subjectAltName).toBe(`DNS:${name}`);
    expect(chainPem).toHaveLength(1);
    expect(leaf.verify(new X509Certificate(chainPem[0] ?? '').publicKey)).toBe(true);
    expect(new X509Certificate(chainPem[0] ?? '').raw.equals(stepCa.pki.intermediate.der)).toBe(true);
    const fractions = progress.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(progress.map(({ message }) => message.key)).toContain('acme.progress.validate');
  });

  test('a request of one’s own with another key type, and the account used again without asking for it', async () => {
    const key = await generateKey('rsa-2048');
    const csr = writeRequest(key, [name], { commonName: true }).pem;
    const options = session();
    const first = acmeSession(options);
    await first.issue({ identifiers, csr, responder: port });
    const url = first.accountUrl;
    expect(url).toContain('/account/');
    first.close();
    const second = acmeSession({ ...options, ...(url === undefined ? {} : { accountUrl: url }) });
    const { leafPem } = await second.issue({ identifiers, csr, responder: port });
    expect(new X509Certificate(leafPem).publicKey.asymmetricKeyType).toBe('rsa');
    second.close();
  });

  test('an account that the CA does not know is opened anew', async () => {
    const stale = acmeSession({
      ...session(),
      accountUrl: stepCa.directoryUrl.replace('directory', 'account/gone'),
    });
    await stale.issue({ identifiers, key: newEcKey(), responder: port });
    expect(stale.accountUrl).not.toContain('gone');
    stale.close();
  });

  test('the tokens are withdrawn after success and after failure', async () => {
    const removed: string[] = [];
    const watching: ChallengeResponder = {
      present: (token, key, signal) => port.present(token, key, signal),
      remove: async (token, key) => {
        removed.push(token);
        await port.remove(token, key);
      },
    };
    await issue({ ...session(), identifiers, key: newEcKey(), responder: watching });
    const lying: ChallengeResponder = { ...watching, present: (token) => port.present(token, 'wrong') };
    const error = await failure(issue({ ...session(), identifiers, key: newEcKey(), responder: lying }));
    expect(error.code).toBe('acme_unauthorized');
    expect(removed).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    for (const token of removed) {
      const url = `http://${responder.challengeAddress}/.well-known/acme-challenge/${token}`;
      expect((await httpRequest({ url })).status).toBe(404);
    }
  });

  test('60 orders at concurrency 8, an account for each worker: none is lost', async () => {
    const workers = new AcmeWorkers(8, () => acmeSession(session()));
    const key = newEcKey();
    const issued = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        workers.issue({
          identifiers: [{ type: 'dns', value: `${index}.fleet.host.trusted.domain` }],
          key,
          responder: port,
        }),
      ),
    );
    workers.close();
    const serials = new Set(issued.map(({ leafPem }) => new X509Certificate(leafPem).serialNumber));
    expect(serials.size).toBe(60);
  });

  test('behind a proxy that answers 1 in 20 with 500 or badNonce, none is lost either', async () => {
    const proxy = await startFlakyProxy();
    const workers = new AcmeWorkers(8, () =>
      acmeSession({
        ...session(),
        ca: proxy.ca,
        address: { host: '127.0.0.1', port: proxy.port },
        retry: { baseMs: 20 },
      }),
    );
    try {
      const key = newEcKey();
      const issued = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          workers.issue({
            identifiers: [{ type: 'dns', value: `${index}.fleet.host.trusted.domain` }],
            key,
            responder: port,
          }),
        ),
      );
      expect(issued).toHaveLength(60);
      expect(proxy.faults()).toBeGreaterThan(10);
    } finally {
      workers.close();
      await proxy.stop();
    }
  });

  test('cancelling ends the order at once and withdraws the token', async () => {
    const control = new AbortController();
    const removed: string[] = [];
    const stuck: ChallengeResponder = {
      present: async () => control.abort(),
      remove: async (token) => void removed.push(token),
    };
    const begun = Date.now();
    const error = await failure(
      issue({ ...session(), identifiers, key: newEcKey(), responder: stuck, signal: control.signal }),
    );
    expect(error.code).toBe('cancelled');
    expect(Date.now() - begun).toBeLessThan(15_000);
    expect(removed).toHaveLength(1);
  });
});

describe('what goes wrong has a cause', () => {
  test('a CA that is not trusted, is not pinned, is not there, or is no ACME server', async () => {
    const other = await testPki('Step');
    const request = { ...session(), identifiers, key: newEcKey(), responder: port };
    expect((await failure(issue({ ...request, ca: other.bundle }))).code).toBe('acme_untrusted');
    expect((await failure(issue({ ...request, pins: [other.root.sha256] }))).code).toBe('acme_untrusted');
    const nowhere = `https://localhost:${await freePort()}/acme/acme/directory`;
    const quick = { attempts: 2, baseMs: 10 };
    expect((await failure(issue({ ...request, directoryUrl: nowhere, retry: quick }))).code).toBe(
      'acme_unreachable',
    );
    const wrong = stepCa.directoryUrl.replace('/acme/acme/', '/acme/none/');
    expect((await failure(issue({ ...request, directoryUrl: wrong }))).code).toBe('acme_not_acme');
    const health = stepCa.directoryUrl.replace('/acme/acme/directory', '/health');
    expect((await failure(issue({ ...request, directoryUrl: health }))).code).toBe('acme_not_acme');
  });

  test('a responder that does not answer the CA, after the CA was asked again', async () => {
    const away: ChallengeResponder = { present: async () => undefined, remove: async () => undefined };
    const error = await failure(
      issue({ ...session(), identifiers, key: newEcKey(), responder: away, retry: { baseMs: 10 } }),
    );
    expect(error.code).toBe('acme_connection');
    expect(error.data.params['name']).toBe(name);
    expect(error.data.detail).toContain('connection');
  });

  test('a responder that comes late is waited for', async () => {
    let tries = 0;
    const late: ChallengeResponder = {
      present: async (token, key) => {
        tries += 1;
        setTimeout(() => void port.present(token, key), 400);
      },
      remove: (token, key) => port.remove(token, key),
    };
    const { leafPem } = await issue({ ...session(), identifiers, key: newEcKey(), responder: late });
    expect(leafPem).toContain('BEGIN CERTIFICATE');
    expect(tries).toBe(1);
  });

  test('a name outside the CA’s policy, and a request for other names than ordered', async () => {
    const strict = await startStepCa({
      binary: await binary('step-ca'),
      httpPort,
      resolver: resolver.address,
      authority: { policy: { x509: { allow: { dns: ['*.elsewhere.domain'] } } } },
    });
    try {
      const error = await failure(
        issue({
          directoryUrl: strict.directoryUrl,
          ca: strict.pki.bundle,
          accountKey: newEcKey(),
          identifiers,
          key: newEcKey(),
          responder: port,
        }),
      );
      expect(error.code).toBe('acme_rejected_identifier');
    } finally {
      await strict.stop();
    }
    const csr = writeRequest(await generateKey('ec-p256'), [names[1] ?? ''], { commonName: true }).pem;
    expect((await failure(issue({ ...session(), identifiers, csr, responder: port }))).code).toBe(
      'acme_bad_csr',
    );
  });

  test('a responder with another secret stops the order before the CA is asked to look', async () => {
    const wrong = responderClient({ url: `http://${responder.adminAddress}`, secret: 'other' });
    const error = await failure(issue({ ...session(), identifiers, key: newEcKey(), responder: wrong }));
    expect(error.code).toBe('responder_hmac');
  });
});

describe('pebble', () => {
  const eab = { kid: 'kid-1', hmac: Buffer.alloc(32, 7).toString('base64url') };
  let pebble: Pebble;
  let strict: Pebble;
  beforeAll(async () => {
    const at = { httpPort, dns: resolver.address };
    pebble = await startPebble({ ...at, rejectNonces: 20 });
    strict = await startPebble({ ...at, eab: { [eab.kid]: eab.hmac } });
  });
  afterAll(async () => {
    await pebble?.stop();
    await strict?.stop();
  });
  const at = (server: Pebble): AcmeSessionOptions => ({
    directoryUrl: server.directoryUrl,
    ca: server.ca,
    accountKey: newEcKey('P-384'),
  });

  test('orders come through although it rejects every fifth nonce and processes in its own time', async () => {
    const workers = new AcmeWorkers(4, () => acmeSession(at(pebble)));
    const wanted = names.slice(0, 2).map((value) => ({ type: 'dns' as const, value }));
    const issued = await Promise.all(
      Array.from({ length: 8 }, () =>
        workers.issue({ identifiers: wanted, key: newEcKey(), responder: port }),
      ),
    );
    workers.close();
    for (const { leafPem, chainPem } of issued) {
      expect(new X509Certificate(leafPem).subjectAltName).toContain(names[1]);
      expect(chainPem.length).toBeGreaterThan(0);
    }
  });

  test('external account binding: asked for, wrong, right', async () => {
    const request = { identifiers, key: newEcKey(), responder: port };
    expect((await failure(issue({ ...at(strict), ...request }))).code).toBe('acme_eab_required');
    const wrong = { kid: eab.kid, hmac: Buffer.alloc(32, 8).toString('base64url') };
    expect((await failure(issue({ ...at(strict), eab: wrong, ...request }))).code).toBe('acme_eab_rejected');
    const unknown = { ...eab, kid: 'kid-2' };
    expect((await failure(issue({ ...at(strict), eab: unknown, ...request }))).code).toBe(
      'acme_eab_rejected',
    );
    expect((await issue({ ...at(strict), eab, ...request })).leafPem).toContain('BEGIN CERTIFICATE');
  });

  test('a name without an address, a responder that is away, and a wrong answer', async () => {
    const order = (value: string, responderPort: ChallengeResponder) =>
      failure(
        issue({
          ...at(pebble),
          identifiers: [{ type: 'dns', value }],
          key: newEcKey(),
          responder: responderPort,
        }),
      );
    expect((await order('nowhere.trusted.domain', port)).code).toMatch(/^acme_(dns|connection)$/);
    const away: ChallengeResponder = { present: async () => undefined, remove: async () => undefined };
    expect((await order(name, away)).code).toBe('acme_unauthorized');
    const lying: ChallengeResponder = { ...away, present: (token) => port.present(token, 'wrong') };
    expect((await order(name, lying)).code).toBe('acme_unauthorized');
  });

  test('there is no renewal advice where the directory offers none', async () => {
    const open = acmeSession(at(pebble));
    const { leafPem } = await open.issue({ identifiers, key: newEcKey(), responder: port });
    expect(await open.renewalInfo(leafPem)).toBeUndefined();
    open.close();
  });
});

describe('the path probe names the hop that fails (C24)', () => {
  const probe = (overrides: Partial<Parameters<typeof probePath>[0]> = {}): Promise<PathProbeResult> =>
    probePath({
      name,
      resolver: resolver.address,
      httpPort,
      responder: port,
      timeoutMs: 1_500,
      ...overrides,
    });
  const verdict = ({ failed }: PathProbeResult): string =>
    failed === undefined ? 'ok' : `${failed.hop} ${failed.what.key}`;

  test('all is well, and nothing is left behind', async () => {
    const before = responder.tokens;
    const result = await probe();
    expect(result.hops.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'ok']);
    expect(result.ok).toBe(true);
    expect(responder.tokens).toBeLessThanOrEqual(before + 1);
  });

  test('admin: wrong secret, wrong clock, nobody there', async () => {
    const url = `http://${responder.adminAddress}`;
    expect(verdict(await probe({ responder: responderClient({ url, secret: 'x' }) }))).toBe(
      'admin probe.admin.hmac',
    );
    const late = responderClient({ url, secret, now: () => Date.now() - 7_200_000 });
    expect(verdict(await probe({ responder: late }))).toBe('admin probe.admin.clock');
    const nobody = responderClient({ url: `http://127.0.0.1:${await freePort()}`, secret });
    expect(verdict(await probe({ responder: nobody }))).toBe('admin probe.admin.unreachable');
  });

  test('name: unknown, or the name server is away', async () => {
    const unknown = await probe({ name: 'nowhere.trusted.domain' });
    expect(verdict(unknown)).toBe('name probe.name.missing');
    expect(unknown.hops.slice(2).every(({ state }) => state === 'skipped')).toBe(true);
    expect(verdict(await probe({ resolver: `127.0.0.1:${await freePort()}` }))).toBe(
      'name probe.name.server',
    );
  });

  test('address: the name points to where no route leads', async () => {
    const lost = await startResolver({ names: [name], address: '255.255.255.255' });
    const result = await probe({ resolver: lost.address });
    await lost.stop();
    expect(verdict(result)).toBe('address probe.address.unreachable');
    expect(result.failed?.what.params).toMatchObject({ address: '255.255.255.255', reason: 'ENETUNREACH' });
  });

  test('port: refused', async () => {
    expect(verdict(await probe({ httpPort: await freePort() }))).toBe('port probe.port.refused');
  });

  test('token: another server answers, or one that is no web server', async () => {
    const other = createHttpServer((_request, response) => response.writeHead(404).end());
    const mute = createTcpServer((socket) => socket.on('error', () => undefined).end('hello\n'));
    for (const server of [other, mute])
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
    expect(verdict(await probe({ httpPort: portOf(other) }))).toBe('token probe.token.missing');
    expect(verdict(await probe({ httpPort: portOf(mute) }))).toBe('token probe.token.no_answer');
    other.close();
    mute.close();
  });

  test('key: a server that answers everything with something else', async () => {
    const other = createHttpServer((_request, response) => response.end('welcome'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    expect(verdict(await probe({ httpPort: (other.address() as AddressInfo).port }))).toBe(
      'key probe.key.wrong',
    );
    other.close();
  });

  test('the system’s own resolver is asked when none is named', async () => {
    const own = await probe({ name: 'localhost' });
    expect(own.hops[1]).toMatchObject({ hop: 'name', state: 'ok' });
  });
});

/** step-ca behind a server that answers one request in twenty with 500 or badNonce instead, half of them after step-ca has acted. */
async function startFlakyProxy() {
  const pki = await testPki('Proxy');
  const leaf = await pki.leaf(['localhost']);
  const upstream = tlsClient({ ca: stepCa.pki.bundle, keepAlive: true });
  let requests = 0;
  let faults = 0;
  const server = createHttpsServer(
    { cert: leaf.cert + pki.intermediate.pem, key: leaf.key },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        requests += 1;
        const turn = requests % 20 === 0 ? (faults += 1) % 3 : undefined;
        const method = request.method ?? 'GET';
        if (turn === 0) return void response.writeHead(500).end();
        if (turn === 1 && method === 'POST') {
          const body = JSON.stringify({ type: 'urn:ietf:params:acme:error:badNonce', detail: 'made up' });
          return void response.writeHead(400, { 'content-type': 'application/problem+json' }).end(body);
        }
        httpRequest({
          url: `https://localhost:${stepCa.port}${request.url ?? '/'}`,
          method,
          headers: {
            'content-type': request.headers['content-type'] ?? '',
            host: request.headers.host ?? '',
          },
          ...(method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
          tls: upstream,
          timeoutMs: 30_000,
        }).then(
          (answer) => {
            if (turn === 2) return void response.writeHead(503, { 'retry-after': '0' }).end();
            const headers = { ...answer.headers };
            delete headers['transfer-encoding'];
            response.writeHead(answer.status, headers).end(method === 'HEAD' ? undefined : answer.body);
          },
          (error: unknown) => response.writeHead(502).end(connectionFailure(error).code),
        );
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ca: pki.bundle,
    port: (server.address() as AddressInfo).port,
    faults: () => faults,
    stop: async () => {
      upstream.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
