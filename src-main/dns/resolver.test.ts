import { createSocket } from 'node:dgram';
import { Resolver as NodeResolver } from 'node:dns/promises';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode, streamEncode, type DecodedPacket, type RecordType } from 'dns-packet';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import { isQuestion, readQuery } from './answer.ts';
import { startResolver, type Resolver } from './resolver.ts';

const name = '001.edge-proxy.edge-node-01.trusted.domain';
const running: Resolver[] = [];
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'names-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));
afterEach(async () => {
  for (const resolver of running.splice(0)) await resolver.stop();
});

async function start(...args: Parameters<typeof startResolver>): Promise<Resolver> {
  const resolver = await startResolver(...args);
  running.push(resolver);
  return resolver;
}

async function byUdp(port: number, bytes: Buffer, patienceMs = 2_000): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (answer?: Buffer): void => {
      clearTimeout(deadline);
      socket.close();
      resolve(answer);
    };
    const deadline = setTimeout(() => end(), patienceMs);
    socket.on('message', end);
    socket.send(bytes, port, '127.0.0.1');
  });
}

function question(asked: string, type: RecordType = 'A', id = 7): Buffer {
  return encode({ type: 'query', id, flags: 0x100, questions: [{ name: asked, type, class: 'IN' }] });
}

async function ask(port: number, asked: string, type: RecordType = 'A') {
  const bytes = await byUdp(port, question(asked, type));
  if (bytes === undefined) throw new Error('no answer');
  const packet: DecodedPacket = decode(bytes);
  const data = (packet.answers ?? []).map((answer) => ('data' in answer ? answer.data : undefined));
  return { code: (packet.flags ?? 0) & 0xf, data, id: packet.id };
}

async function replace(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.new`, typeof value === 'string' ? value : JSON.stringify(value));
  await rename(`${path}.new`, path);
}

const service = (overrides: Record<string, unknown> = {}) => ({
  service_name: 'edge-proxy',
  hostname: 'edge-node-01',
  domain: 'trusted.domain',
  instance_id: '001',
  unknown_key: true,
  ...overrides,
});

describe('the name server', () => {
  test('answers A with the address, AAAA and others with nothing, strangers with REFUSED', async () => {
    const { port } = await start({ names: [name] });
    expect(await ask(port, name)).toEqual({ code: 0, data: ['127.0.0.1'], id: 7 });
    expect((await ask(port, name.toUpperCase())).data).toEqual(['127.0.0.1']);
    expect((await ask(port, 'localhost')).data).toEqual(['127.0.0.1']);
    expect((await ask(port, 'openbao.localhost')).data).toEqual(['127.0.0.1']);
    expect(await ask(port, name, 'AAAA')).toEqual({ code: 0, data: [], id: 7 });
    expect(await ask(port, name, 'CAA')).toEqual({ code: 0, data: [], id: 7 });
    expect(await ask(port, `x.${name}`)).toMatchObject({ code: 5, data: [] });
    expect(await ask(port, 'example.org')).toMatchObject({ code: 5, data: [] });
  });

  test('is understood by a resolver of another make, by UDP', async () => {
    const { address } = await start({ names: [name], address: '127.0.0.9' });
    const client = new NodeResolver({ timeout: 1_000, tries: 1 });
    client.setServers([address]);
    expect(await client.resolve4(name)).toEqual(['127.0.0.9']);
    await expect(client.resolve6(name)).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(client.resolve4('example.org')).rejects.toMatchObject({ code: 'EREFUSED' });
  });

  test('answers by TCP, several questions on one connection, also in pieces', async () => {
    const { port } = await start({ names: [name] });
    const frame = (id: number): Buffer =>
      streamEncode({ type: 'query', id, questions: [{ name, type: 'A', class: 'IN' }] });
    const received: Buffer = await new Promise((resolve, reject) => {
      let bytes = Buffer.alloc(0);
      const socket = connect(port, '127.0.0.1', () => {
        const both = Buffer.concat([frame(1), frame(2)]);
        socket.write(both.subarray(0, 5));
        setTimeout(() => socket.write(both.subarray(5)), 50);
      });
      socket.on('data', (chunk) => {
        bytes = Buffer.concat([bytes, chunk]);
        const first = bytes.length >= 2 ? bytes.readUInt16BE(0) + 2 : Infinity;
        if (bytes.length < first + 2 || bytes.length < first + 2 + bytes.readUInt16BE(first)) return;
        socket.destroy();
        resolve(bytes);
      });
      socket.on('error', reject);
    });
    expect(decode(received.subarray(2)).id).toBe(1);
    expect(decode(received.subarray(received.readUInt16BE(0) + 4)).id).toBe(2);
  });

  test('forwards what is not its own, and says "failed" when nobody answers there', async () => {
    const upstream = await start({ names: ['example.org'], address: '127.0.0.7' });
    const { port } = await start({ names: [name], forward: [upstream.address] });
    expect((await ask(port, 'example.org')).data).toEqual(['127.0.0.7']);
    expect((await ask(port, name)).data).toEqual(['127.0.0.1']);
    const lonely = await start({ names: [name], forward: ['127.0.0.1:1'] });
    expect((await ask(lonely.port, 'example.org')).code).toBe(2);
  });

  test('knows a service the moment it stands in state.json, and forgets one that left', async () => {
    const path = join(directory, 'state.json');
    await replace(path, { services: { 'edge-proxy': service() }, openbao_url: 'x' });
    const { port } = await start({ names_paths: [path] });
    expect((await ask(port, name)).data).toEqual(['127.0.0.1']);
    expect((await ask(port, '002.web.edge-node-01.trusted.domain')).code).toBe(5);
    await replace(path, {
      services: {
        web: service({ service_name: 'web', instance_id: '002' }),
        none: service({ instance_id: null }),
      },
    });
    expect((await ask(port, '002.web.edge-node-01.trusted.domain')).data).toEqual(['127.0.0.1']);
    expect((await ask(port, name)).code).toBe(5);
  });

  test('keeps the last good names when a file is broken or gone, and says so', async () => {
    const path = join(directory, 'names.json');
    const told: (number | undefined)[] = [];
    await replace(path, { names: [name] });
    const { port } = await start({ names_paths: [path] }, (count) => told.push(count));
    for (const broken of ['{"names": [', '[]', '']) {
      await replace(path, broken);
      expect((await ask(port, name)).data).toEqual(['127.0.0.1']);
    }
    await rm(path);
    expect((await ask(port, name)).data).toEqual(['127.0.0.1']);
    await replace(path, { names: [name, 'new.test'] });
    expect((await ask(port, 'new.test')).data).toEqual(['127.0.0.1']);
    expect(told).toContain(undefined);
    expect(told.at(-1)).toBe(2);
  });

  test('names the taken port and the wrong field', async () => {
    const { address } = await start({ names: [] });
    const code = async (input: Parameters<typeof startResolver>[0]) => {
      const error: unknown = await start(input).catch((caught: unknown) => caught);
      return isConsoleError(error) ? [error.code, error.data.params['field']] : error;
    };
    expect(await code({ listen_addr: address })).toEqual(['dns_port_taken', undefined]);
    expect(await code({ address: 'nonsense' })).toEqual(['dns_config', 'address']);
    expect(await code({ listen_addr: 'x' })).toEqual(['dns_config', 'listen_addr']);
  });
});

describe('hostile packets', () => {
  const mutated = fc
    .tuple(
      fc.constant(question(name)),
      fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 8 }),
      fc.nat(80),
    )
    .map(([whole, changes, length]) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      return bytes.subarray(0, length);
    });
  const anything = fc.oneof(
    mutated,
    fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
  );

  test('are read as a question, as an error, or not at all, and quickly', () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        const begun = process.hrtime.bigint();
        const query = readQuery(bytes);
        expect(Number(process.hrtime.bigint() - begun) / 1e6).toBeLessThan(5_000);
        if (query !== undefined && isQuestion(query)) expect(query.name.length).toBeLessThan(1_024);
      }),
      { numRuns: 5_000 },
    );
  });

  test('a name that points at itself does not hang the reader', () => {
    const bytes = Buffer.concat([question('').subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]);
    expect(readQuery(bytes)).toMatchObject({ rcode: 1 });
  });

  test('an answer is never answered', () => {
    expect(readQuery(encode({ type: 'response', id: 1, questions: [{ name, type: 'A' }] }))).toBeUndefined();
  });

  test('neither end the server nor keep it from others', async () => {
    const { port } = await start({ names: [name] });
    await fc.assert(
      fc.asyncProperty(anything, async (bytes) => {
        if (bytes.length > 0) await byUdp(port, bytes, 5);
        await new Promise<void>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
          socket
            .resume()
            .on('error', () => undefined)
            .on('close', () => resolve());
        });
      }),
      { numRuns: 100 },
    );
    expect((await ask(port, name)).data).toEqual(['127.0.0.1']);
  });
});
