import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { WebSocketServer } from 'ws';
import { contract, type ProcedureName } from '../../../shared/contract/index.ts';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import { clientFrameSchema, type ServerFrame } from '../../../shared/frames.ts';
import { contentSecurityPolicy } from '../../../src-main/hosts/page-policy.ts';
import { answersOf } from './answers.ts';
import type { Scenario } from './scenario.ts';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export interface Preview {
  readonly url: string;
  readonly close: () => Promise<void>;
}

const isProcedure = (name: string): name is ProcedureName => Object.hasOwn(contract, name);

/** Streams that go on: begun with each subscription, ended by the function that is answered. */
export type LiveStreams = Readonly<Record<string, (next: (item: unknown) => void) => () => void>>;

/**
 * Serves the built renderer and answers its frames from fixtures that the contract's schemas hold to shape: for looking at pages,
 * never part of the product.
 * @param directory the built renderer
 * @param live instead of the fixtures' streams of these names
 */
export async function startPreview(
  directory: string,
  scenario: Scenario,
  live: LiveStreams = {},
): Promise<Preview> {
  const server = createServer((request, response) => {
    const name = request.url === '/' ? 'index.html' : path.basename(request.url ?? '');
    const folder = (request.url ?? '').startsWith('/assets/') ? path.join(directory, 'assets') : directory;
    readFile(path.join(folder, name)).then(
      (body) => {
        response.writeHead(200, {
          'content-type': types[path.extname(name)] ?? 'application/octet-stream',
          'content-security-policy': contentSecurityPolicy,
        });
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  const sockets = new WebSocketServer({ server, path: '/rpc' });
  // One core for all connections: what was saved is there after a reload.
  const answers = answersOf(scenario);
  sockets.on('connection', (socket) => {
    const ends = new Map<number, () => void>();
    const send = (frame: ServerFrame): void => socket.send(JSON.stringify(frame));
    socket.on('close', () => ends.forEach((end) => end()));
    socket.on('message', (data: Buffer) => {
      const frame = clientFrameSchema.parse(JSON.parse(data.toString('utf8')));
      if (frame.t === 'abort') return ends.get(frame.id)?.();
      const { id, p: name, i } = frame;
      const fail = (error: ConsoleError): void => send({ t: 'err', id, e: error.data });
      if (!isProcedure(name)) return fail(new ConsoleError('unknown_procedure'));
      const procedure = contract[name];
      const goesOn = live[name];
      if (goesOn !== undefined) {
        ends.set(
          id,
          goesOn((item) => send({ t: 'next', id, o: item })),
        );
        return;
      }
      const answer = answers[name];
      if (answer === undefined) return fail(new ConsoleError('unknown_procedure'));
      try {
        const output = answer(procedure.input.parse(i) as never);
        if (procedure.kind !== 'stream') return send({ t: 'ok', id, o: procedure.output.parse(output) });
        for (const item of output as unknown[]) send({ t: 'next', id, o: procedure.output.parse(item) });
      } catch (error) {
        if (isConsoleError(error)) return fail(error);
        process.stderr.write(`${name}: ${String(error)}\n`);
        fail(new ConsoleError('internal', {}, { detail: `${name}: ${String(error)}` }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
