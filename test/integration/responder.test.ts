import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import { responderClient } from '../../src-main/responder/client.ts';
import { startResponder, type Responder } from '../../src-main/responder/responder.ts';
import { sign } from '../../src-main/responder/signature.ts';
import { tlsClient } from '../../src-main/tls/client.ts';
import { httpRequest } from '../../src-main/tls/http-request.ts';
import { testPki } from '../support/pki.ts';

const secret = 'responder secret';
const base = { hmac_secret: secret, listen_addr: '127.0.0.1:0', admin_addr: '127.0.0.1:0' };
let responder: Responder | undefined;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'responder-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));
afterEach(async () => {
  await responder?.stop();
  responder = undefined;
});

async function start(config: Partial<Parameters<typeof startResponder>[0]> = {}): Promise<Responder> {
  responder = await startResponder({ ...base, ...config });
  return responder;
}

async function challenge(at: string, token: string): Promise<{ status: number; body: string }> {
  const { status, body } = await httpRequest({ url: `http://${at}/.well-known/acme-challenge/${token}` });
  return { status, body: body.toString() };
}

/** What a client's promise ended with: `ok`, or the error's code. */
async function outcome(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'ok';
  } catch (error) {
    return isConsoleError(error) ? error.code : String(error);
  }
}

/** Sends bytes as they are and answers what came back until the peer hung up. */
async function raw(address: string, send: (socket: Socket) => void, patienceMs = 15_000): Promise<string> {
  const colon = address.lastIndexOf(':');
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(address.slice(colon + 1)), address.slice(0, colon), () => send(socket));
    const deadline = setTimeout(() => {
      socket.destroy();
      reject(new Error('the connection was held open'));
    }, patienceMs);
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(deadline);
      resolve(text);
    });
  });
}

describe('the responder over real sockets', () => {
  test('a token is presented, answered and withdrawn', async () => {
    const { challengeAddress, adminAddress } = await start();
    const client = responderClient({ url: `http://${adminAddress}/`, secret });
    expect((await challenge(challengeAddress, 'tok')).status).toBe(404);
    await client.present('tok', 'tok.thumb');
    expect(await challenge(challengeAddress, 'tok')).toEqual({ status: 200, body: 'tok.thumb' });
    await client.remove('tok', 'tok.thumb');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await challenge(challengeAddress, 'tok')).status).toBe(404);
  });

  test('wrong secret, wrong clock and nobody there are told apart', async () => {
    const { adminAddress } = await start();
    const url = `http://${adminAddress}`;
    expect(await outcome(responderClient({ url, secret: 'other' }).present('t', 'k'))).toBe('responder_hmac');
    const late = responderClient({ url, secret, now: () => Date.now() - 7_200_000 });
    expect(await outcome(late.present('t', 'k'))).toBe('responder_clock');
    await responder?.stop();
    expect(await outcome(responderClient({ url, secret }).present('t', 'k'))).toBe('responder_unreachable');
    responder = undefined;
  });

  test('too much is refused: a large body by 413, too many by 429', async () => {
    const { adminAddress } = await start({ admin_rate_limit_requests: 3 });
    const url = `http://${adminAddress}/admin/http01`;
    const headers = { 'content-type': 'application/json' };
    expect((await httpRequest({ url, method: 'POST', headers, body: 'x'.repeat(8_193) })).status).toBe(413);
    const chunked = await raw(adminAddress, (socket) => {
      socket.write('POST /admin/http01 HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n');
      socket.write('transfer-encoding: chunked\r\n\r\n');
      for (let count = 0; count < 10; count += 1) socket.write(`400\r\n${'y'.repeat(0x400)}\r\n`);
    });
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
    const client = responderClient({ url: `http://${adminAddress}`, secret });
    for (let count = 0; count < 3; count += 1)
      expect(await outcome(client.present(`t${count}`, 'k'))).toBe('ok');
    expect(await outcome(client.present('t9', 'k'))).toBe('responder_rate_limited');
  });

  test('other paths and methods are no door', async () => {
    const { challengeAddress, adminAddress } = await start();
    const status = async (url: string, method: string): Promise<number> =>
      (await httpRequest({ url, method })).status;
    expect(await status(`http://${challengeAddress}/`, 'GET')).toBe(404);
    expect(await status(`http://${challengeAddress}/admin/http01`, 'POST')).toBe(404);
    expect(await status(`http://${challengeAddress}/.well-known/acme-challenge/x`, 'POST')).toBe(405);
    expect(await status(`http://${adminAddress}/admin/http01`, 'GET')).toBe(405);
    expect(await status(`http://${adminAddress}/.well-known/acme-challenge/x`, 'GET')).toBe(404);
    expect(await status(`http://${challengeAddress}/.well-known/acme-challenge/..%2f..%2fetc`, 'GET')).toBe(
      404,
    );
    expect(await status(`http://${challengeAddress}/.well-known/acme-challenge/__proto__`, 'GET')).toBe(404);
  });

  test('a taken port is named', async () => {
    const { adminAddress } = await start();
    expect(await outcome(startResponder({ ...base, admin_addr: adminAddress }))).toBe('responder_port_taken');
  });
});

describe('TLS of the admin listener', () => {
  test('is verified by bundle and pins, and swapped without losing tokens; a mismatched pair is not taken', async () => {
    const pki = await testPki();
    const [first, second] = await Promise.all([pki.leaf(['localhost']), pki.leaf(['localhost'])]);
    const paths = { tls_cert_path: join(directory, 's.crt'), tls_key_path: join(directory, 's.key') };
    const write = async (cert: string, key: string): Promise<void> => {
      await writeFile(paths.tls_cert_path, cert);
      await writeFile(paths.tls_key_path, key);
    };
    await write(first.cert, first.key);
    const running = await start(paths);
    const url = `https://localhost:${running.adminAddress.split(':')[1]}`;
    const tls = tlsClient({ ca: pki.bundle, pins: [pki.root.sha256] });
    const client = responderClient({ url, secret, tls });
    await client.present('kept', 'kept.thumb');
    const served = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const outgoing = httpsRequest(url, { ...tls.connection, agent: false }, (answer) => {
          const { socket } = answer;
          answer.resume();
          resolve('getPeerX509Certificate' in socket ? fingerprint(socket) : '');
        });
        outgoing.on('error', reject);
        outgoing.end();
      });
    expect(await served()).toBe(first.sha256);
    const config = {
      ...base,
      listen_addr: running.challengeAddress,
      admin_addr: running.adminAddress,
      ...paths,
    };

    await write(second.cert, first.key);
    await running.reload(config);
    expect(await served()).toBe(first.sha256);

    await write(second.cert, second.key);
    await running.reload(config);
    expect(await served()).toBe(second.sha256);
    expect(await challenge(running.challengeAddress, 'kept')).toEqual({ status: 200, body: 'kept.thumb' });

    const other = await testPki();
    const stranger = responderClient({ url, secret, tls: tlsClient({ ca: other.bundle }) });
    expect(await outcome(stranger.present('t', 'k'))).toBe('responder_untrusted');
  });
});

function fingerprint(socket: object): string {
  const { getPeerCertificate } = socket as {
    getPeerCertificate: (this: object) => { fingerprint256: string };
  };
  return getPeerCertificate.call(socket).fingerprint256.replace(/:/g, '').toLowerCase();
}

describe('hostile peers', () => {
  test('garbage of any kind neither ends the responder nor gets an answer of success', async () => {
    const { challengeAddress, adminAddress } = await start();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(challengeAddress, adminAddress),
        fc.oneof(
          fc.uint8Array({ minLength: 1, maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
          fc.string().map((text) => Buffer.from(`GET ${text} HTTP/1.1\r\n\r\n`)),
          fc.string().map((text) => Buffer.from(`POST /admin/http01 HTTP/1.1\r\nhost: x\r\n${text}\r\n\r\n`)),
        ),
        async (address, bytes) => {
          expect(await raw(address, (socket) => socket.end(bytes))).not.toMatch(/^HTTP\/1\.1 200/);
        },
      ),
      { numRuns: 150 },
    );
    await responderClient({ url: `http://${adminAddress}`, secret }).present('alive', 'alive.thumb');
    expect((await challenge(challengeAddress, 'alive')).body).toBe('alive.thumb');
  });

  test('huge headers are refused', async () => {
    const { challengeAddress } = await start();
    const answer = await raw(challengeAddress, (socket) =>
      socket.write(`GET / HTTP/1.1\r\nx: ${'a'.repeat(1 << 20)}`),
    );
    expect(answer).toMatch(/^(HTTP\/1\.1 4|$)/);
  });

  test('slow headers and slow bodies are cut off while others are served', async () => {
    const { challengeAddress, adminAddress } = await start();
    const trickle = (first: string) => (socket: Socket) => {
      socket.write(first);
      const drip = setInterval(() => (socket.writable ? socket.write('a') : clearInterval(drip)), 200);
      socket.on('close', () => clearInterval(drip));
    };
    const slow = [
      ...Array.from({ length: 20 }, () => raw(challengeAddress, trickle('GET / HTTP/1.1\r\nx: '))),
      ...Array.from({ length: 20 }, () =>
        raw(
          adminAddress,
          trickle(
            'POST /admin/http01 HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 8000\r\n\r\n',
          ),
        ),
      ),
    ];
    await responderClient({ url: `http://${adminAddress}`, secret }).present('quick', 'quick.thumb');
    expect((await challenge(challengeAddress, 'quick')).body).toBe('quick.thumb');
    for (const answer of await Promise.all(slow)) expect(answer).not.toMatch(/^HTTP\/1\.1 200/);
  });
});

describe('the responder as a program', () => {
  let child: ChildProcess | undefined;
  afterEach(async () => {
    if (child?.exitCode === null) {
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
  });

  test('SIGHUP takes a new secret, keeps the tokens, and keeps the old configuration when the new one is broken', async () => {
    const path = join(directory, 'responder.toml');
    const toml = (value: string): string =>
      `hmac_secret = "${value}"\nlisten_addr = "127.0.0.1:0"\nadmin_addr = "127.0.0.1:0"\nmetrics_addr = "127.0.0.1:0"\n`;
    await writeFile(path, toml('one'));
    const program = `import { runResponder } from ${JSON.stringify(join(process.cwd(), 'src-main/responder/run.ts'))};
      await runResponder({ configPath: process.argv[2], log: (line) => console.log(JSON.stringify(line)) });`;
    const script = join(directory, 'program.mts');
    await writeFile(script, program);
    child = spawn(process.execPath, ['--import', 'tsx', script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    });
    const lines: { key: string; params?: Record<string, string> }[] = [];
    let rest = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      const parts = `${rest}${chunk.toString()}`.split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) lines.push(JSON.parse(line) as (typeof lines)[number]);
    });
    const line = async (key: string) => {
      for (let count = 0; count < 300; count += 1) {
        const index = lines.findIndex((entry) => entry.key === key);
        if (index !== -1) return lines.splice(index, 1)[0]?.params ?? {};
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`no line ${key}`);
    };
    const { listen, admin } = await line('responder.started');
    const client = (value: string) => responderClient({ url: `http://${admin}`, secret: value });
    await client('one').present('kept', 'kept.thumb');

    await writeFile(`${path}.new`, toml('two'));
    await rename(`${path}.new`, path);
    child.kill('SIGHUP');
    await line('responder.reloaded');
    expect(await outcome(client('one').present('t', 'k'))).toBe('responder_hmac');
    expect(await outcome(client('two').present('t', 'k'))).toBe('ok');
    expect((await challenge(listen ?? '', 'kept')).body).toBe('kept.thumb');

    await writeFile(path, 'hmac_secret = ');
    child.kill('SIGHUP');
    await line('responder.reload_failed');
    expect(await outcome(client('two').present('t', 'k'))).toBe('ok');

    const { address } = await line('responder.metrics');
    const { body } = await httpRequest({ url: `http://${address}/metrics` });
    for (const sample of [
      'bootroot_responder_tokens 2',
      'bootroot_responder_challenges_total{outcome="answered"} 1',
      'bootroot_responder_admin_requests_total{status="200"} 3',
      'bootroot_responder_admin_requests_total{status="401"} 1',
      'bootroot_responder_config_reloads_total{outcome="done"} 1',
      'bootroot_responder_config_reloads_total{outcome="failed"} 1',
    ])
      expect(body.toString().split('\n')).toContain(sample);
    expect((await httpRequest({ url: `http://${address}/healthz` })).status).toBe(200);

    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

test('the signature covers each part', () => {
  const parts = { timestamp: '1', token: 't', keyAuthorization: 'k', ttlSecs: 1 };
  const all = [
    sign('s', parts),
    sign('z', parts),
    sign('s', { ...parts, timestamp: '2' }),
    sign('s', { ...parts, token: 'u' }),
    sign('s', { ...parts, keyAuthorization: 'l' }),
    sign('s', { ...parts, ttlSecs: 2 }),
  ];
  expect(new Set(all).size).toBe(all.length);
});
