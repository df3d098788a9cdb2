import { createPrivateKey } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Client } from 'acme-client';
import { isConsoleError, type ConsoleError } from '../../shared/errors.ts';
import { testPki } from '../../test/support/pki.ts';
import { issueLeaf } from '../x509/authority.ts';
import { makeCsr, newEcKey } from './keys.ts';
import type { AcmePort, AcmeSessionOptions, ChallengeResponder } from './port.ts';
import { certificateId } from './renewal-info.ts';
import { acmeSession } from './session.ts';

/** What the scripted CA answers to one POST; absent parts have defaults. */
interface Scripted {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Instead of a JSON body. */
  readonly text?: string;
}

/** A CA whose answers a test dictates, for what real ones do not do on demand. */
class ScriptedCa {
  readonly requests: string[] = [];
  readonly script = new Map<string, Scripted[]>();
  readonly #server: Server;
  #nonce = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      request.resume().on('end', () => {
        const path = request.url ?? '';
        this.requests.push(`${request.method} ${path}`);
        const { status = 200, headers = {}, body = {}, text } = this.#answer(request, path);
        response.writeHead(status, {
          'content-type': status >= 400 ? 'application/problem+json' : 'application/json',
          'replay-nonce': `n${(this.#nonce += 1)}`,
          ...headers,
        });
        response.end(request.method === 'HEAD' ? undefined : (text ?? JSON.stringify(body)));
      });
    });
  }

  #answer(request: IncomingMessage, path: string): Scripted {
    const scripted = this.script.get(path)?.shift();
    if (scripted !== undefined) return scripted;
    const at = (name: string): string => `http://${request.headers.host}/${name}`;
    switch (path) {
      case '/directory':
        return {
          body: {
            newNonce: at('nonce'),
            newAccount: at('account'),
            newOrder: at('order'),
            renewalInfo: at('ari'),
          },
        };
      case '/account':
        return { status: 201, headers: { location: at('account/1') }, body: { status: 'valid' } };
      case '/order':
        return {
          status: 201,
          headers: { location: at('order/1') },
          body: { status: 'pending', authorizations: [at('authz')], finalize: at('finalize') },
        };
      case '/authz':
        return {
          body: {
            status: 'pending',
            identifier: { type: 'dns', value: 'a.test' },
            challenges: [{ type: 'http-01', url: at('chall'), token: 'tok', status: 'pending' }],
          },
        };
      default:
        return {};
    }
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  count(line: string): number {
    return this.requests.filter((entry) => entry === line).length;
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `${this.url}/directory`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const nobody: ChallengeResponder = { present: async () => undefined, remove: async () => undefined };
const identifiers = [{ type: 'dns' as const, value: 'a.test' }];
const open: { ca: ScriptedCa; port: AcmePort }[] = [];
afterEach(async () => {
  for (const { ca, port } of open.splice(0)) {
    port.close();
    await ca.stop();
  }
});

async function setUp(options: Partial<AcmeSessionOptions> = {}) {
  const ca = new ScriptedCa();
  const slept: number[] = [];
  const port = acmeSession({
    directoryUrl: await ca.start(),
    accountKey: newEcKey(),
    retry: { sleep: async (ms) => void slept.push(ms), random: () => 1 },
    ...options,
  });
  open.push({ ca, port });
  return { ca, port, slept };
}

async function fails(
  port: AcmePort,
  more: { signal?: AbortSignal; patienceMs?: number } = {},
): Promise<ConsoleError> {
  const error: unknown = await port
    .issue({ identifiers, key: newEcKey(), responder: nobody, patienceMs: 0, ...more })
    .catch((caught: unknown) => caught);
  if (!isConsoleError(error)) throw new Error('it did not fail as it should', { cause: error });
  return error;
}

const problem = (type: string, status: number, headers: Record<string, string> = {}): Scripted => ({
  status,
  headers,
  body: { type: `urn:ietf:params:acme:error:${type}`, detail: 'why' },
});

describe('an ACME session', () => {
  test('stands on the layers of acme-client that it replaces', () => {
    const { http } = new Client({ directoryUrl: 'http://x', accountKey: newEcKey() }) as unknown as {
      http: Record<string, unknown>;
    };
    for (const layer of ['request', 'getNonce', 'getResourceUrl', 'signedRequest']) {
      expect(typeof http[layer]).toBe('function');
    }
  });

  test('uses the nonce of each answer for the next request', async () => {
    const { ca, port } = await setUp();
    expect((await fails(port)).code).toBe('acme_order_timeout');
    expect(ca.requests.filter((line) => line.startsWith('POST')).length).toBeGreaterThan(4);
    expect(ca.count('HEAD /nonce')).toBe(0);
  });

  test('waits as long as the CA says after 429 and 503, and goes on', async () => {
    const { ca, port, slept } = await setUp();
    ca.script.set('/order', [
      problem('rateLimited', 429, { 'retry-after': '7' }),
      { status: 503, headers: { 'retry-after': '3' } },
    ]);
    expect((await fails(port)).code).toBe('acme_order_timeout');
    expect(slept).toEqual([7_000, 3_000]);
    expect(ca.count('POST /order')).toBe(3);
  });

  test('a longer wait than is bearable is told to the operator instead', async () => {
    const { ca, port, slept } = await setUp();
    ca.script.set('/order', [problem('rateLimited', 429, { 'retry-after': '3600' })]);
    const error = await fails(port);
    expect(error.code).toBe('acme_rate_limited');
    expect(error.data.params['seconds']).toBe(3_600);
    expect(slept).toEqual([]);
  });

  test('gives up on 5xx after its attempts, with growing waits, and says what the CA said', async () => {
    const { ca, port, slept } = await setUp();
    ca.script.set(
      '/order',
      Array.from({ length: 9 }, () => problem('serverInternal', 500)),
    );
    const error = await fails(port);
    expect(error.code).toBe('acme_server_error');
    expect(error.data.detail).toContain('why');
    expect(ca.count('POST /order')).toBe(6);
    expect(slept).toEqual([250, 500, 1_000, 2_000, 4_000]);
  });

  test('a nonce that is refused again and again is named', async () => {
    const { ca, port } = await setUp();
    ca.script.set(
      '/order',
      Array.from({ length: 9 }, () => problem('badNonce', 400)),
    );
    expect((await fails(port)).code).toBe('acme_bad_nonce');
    expect(ca.count('POST /order')).toBe(6);
  });

  test('other refusals are not asked again', async () => {
    const { ca, port } = await setUp();
    ca.script.set('/order', [problem('malformed', 400)]);
    expect((await fails(port)).code).toBe('acme_refused');
    expect(ca.count('POST /order')).toBe(1);
  });

  test('an answer that lacks what the standard demands is no ACME', async () => {
    const { ca, port } = await setUp();
    ca.script.set('/order', [{ status: 201 }]);
    expect((await fails(port)).code).toBe('acme_not_acme');
    ca.script.set('/order', [{ status: 201, headers: { location: 'http://127.0.0.1:1/o' }, body: {} }]);
    expect((await fails(port)).code).toBe('acme_not_acme');
  });

  test('a CA without http-01 and an order that ends invalid are told apart', async () => {
    const { ca, port } = await setUp();
    const identifier = { type: 'dns', value: 'a.test' };
    ca.script.set('/authz', [{ body: { status: 'pending', identifier, challenges: [] } }]);
    expect((await fails(port)).code).toBe('acme_no_http01');
    const invalid = { body: { status: 'invalid', identifier, challenges: [] } };
    const pending = {
      body: {
        status: 'pending',
        identifier,
        challenges: [{ type: 'http-01', url: `${ca.url}/chall`, token: 't' }],
      },
    };
    ca.script.set('/authz', [pending, invalid, invalid]);
    expect((await fails(port)).code).toBe('acme_order_invalid');
  });

  test('cancelling is honoured before the first byte', async () => {
    const { ca, port } = await setUp();
    const control = new AbortController();
    control.abort();
    expect((await fails(port, { signal: control.signal })).code).toBe('cancelled');
    expect(ca.requests).toEqual([]);
  });

  test('orders on one account run one after another', async () => {
    const { ca, port } = await setUp();
    await Promise.all([fails(port), fails(port), fails(port)]);
    const posts = ca.requests.filter((line) => line === 'POST /order' || line === 'POST /chall');
    expect(posts).toEqual(Array.from({ length: 3 }, () => ['POST /order', 'POST /chall']).flat());
  });

  test('asks for renewal advice by the certificate’s name (RFC 9773)', async () => {
    const { ca, port } = await setUp();
    const { cert } = await (await testPki()).leaf(['a.test']);
    const path = `/ari/${certificateId(cert)}`;
    const suggestedWindow = { start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' };
    ca.script.set(path, [
      {
        body: { suggestedWindow, explanationURL: 'https://ca.test/why' },
        headers: { 'retry-after': '21600' },
      },
      { body: { suggestedWindow: { start: suggestedWindow.end, end: suggestedWindow.start } } },
      { body: { nonsense: true } },
    ]);
    expect(await port.renewalInfo(cert)).toEqual({
      start: '2026-01-01T00:00:00.000Z',
      end: '2026-01-02T00:00:00.000Z',
      explanationUrl: 'https://ca.test/why',
      retryAfterSecs: 21_600,
    });
    for (let count = 0; count < 2; count += 1)
      await expect(port.renewalInfo(cert)).rejects.toThrow('acme_not_acme');
    expect(ca.count(`GET ${path}`)).toBe(3);
  });

  test('a finished order is fetched although the answer to its end was lost; a foreign certificate is not taken', async () => {
    const pki = await testPki();
    const key = newEcKey();
    const csr = makeCsr(key, identifiers);
    const foreign = await pki.leaf(['a.test']);
    const misnamed = await issueLeaf(
      {
        names: ['b.test'],
        key: createPrivateKey(key),
        purposes: ['server'],
        notBefore: Date.now() - 60_000,
        lifetime: 3_600_000,
      },
      pki.intermediate,
    );
    for (const [pem, detail] of [
      [foreign.cert, 'another public key'],
      [misnamed.pem, 'lacks a.test'],
      ['nothing', 'no certificate'],
    ] as const) {
      const { ca, port } = await setUp();
      const valid = { status: 'valid', identifier: identifiers[0], challenges: [] };
      ca.script.set('/authz', [{ body: valid }]);
      ca.script.set('/finalize', [{ status: 503 }, problem('orderNotReady', 403)]);
      const done = { status: 'valid', certificate: `${ca.url}/certificate` };
      ca.script.set('/order/1', [{ body: done }, { body: done }]);
      ca.script.set('/certificate', [
        { headers: { 'content-type': 'application/pem-certificate-chain' }, text: pem },
      ]);
      const error: unknown = await port
        .issue({ identifiers, csr, responder: nobody })
        .catch((caught: unknown) => caught);
      expect(isConsoleError(error, 'acme_bad_answer') && error.data.detail).toBe(detail);
      expect(ca.count('POST /finalize')).toBe(2);
    }
  });
});
