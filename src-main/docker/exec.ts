import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import type { Duplex } from 'node:stream';
import * as z from 'zod';
import type { DockerEndpoint } from './endpoint.ts';
import { refused, unreachable } from './failures.ts';
import { FrameReader } from './frames.ts';
import { ask } from './transport.ts';

const created = z.object({ Id: z.string() });
const ended = z.object({ ExitCode: z.number().nullable() });

/** A connection that the engine hands over for both directions (Engine API, "Start an exec instance"). */
function attach(endpoint: DockerEndpoint, path: string, what: string): Promise<Duplex> {
  const body = JSON.stringify({ Detach: false, Tty: false });
  return new Promise((resolve, reject) => {
    const begin = endpoint.kind === 'socket' ? plain : secure;
    const outgoing = begin({
      method: 'POST',
      path,
      headers: {
        host: 'docker',
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        connection: 'Upgrade',
        upgrade: 'tcp',
      },
      ...(endpoint.kind === 'socket'
        ? { socketPath: endpoint.path }
        : { host: endpoint.host, port: endpoint.port, agent: endpoint.tls.agent }),
    });
    outgoing.on('error', (error) => reject(unreachable(endpoint, error)));
    outgoing.on('response', (answer) => {
      answer.resume();
      reject(refused(answer.statusCode ?? 0, what, answer.statusMessage ?? ''));
    });
    outgoing.on('upgrade', (_answer, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    outgoing.end(body);
  });
}

/** Runs a command in a container to its end. @see DockerEngine.exec */
export async function execute(
  endpoint: DockerEndpoint,
  api: string,
  container: string,
  argv: readonly string[],
  input: string,
  user?: string,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const base = `/v${api}`;
  const made = created.parse(
    await ask(endpoint, {
      method: 'POST',
      path: `${base}/containers/${encodeURIComponent(container)}/exec`,
      json: {
        ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: false, Cmd: argv },
        ...(user === undefined ? {} : { User: user }),
      },
      what: container,
    }),
  );
  const socket = await attach(endpoint, `${base}/exec/${made.Id}/start`, container);
  const frames = new FrameReader();
  const written = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  socket.end(input);
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>)
      for (const { stream, data } of frames.push(chunk)) written[stream].push(Buffer.from(data));
  } catch (error) {
    throw unreachable(endpoint, error);
  }
  const { ExitCode: code } = ended.parse(
    await ask(endpoint, { path: `${base}/exec/${made.Id}/json`, what: container }),
  );
  return {
    code: code ?? -1,
    stdout: Buffer.concat(written.stdout).toString(),
    stderr: Buffer.concat(written.stderr).toString(),
  };
}
