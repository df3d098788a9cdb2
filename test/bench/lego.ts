import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import type { IssuanceWorld } from './issuance-world.ts';
import { secondsOf } from './measure.ts';

/** One lego for one certificate, as it is called from a timer. */
function lego(args: readonly string[], env: Record<string, string>): Promise<string | undefined> {
  return new Promise((ended) => {
    const child = spawn('lego', args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-10_000)));
    child.on('error', (error) => ended(String(error)));
    child.on('close', (code) => ended(code === 0 ? undefined : output));
  });
}

/** Answers challenges from files, which is how lego leaves them to a web server that is there already. */
async function serveWebroot(root: string, port: number): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    const path = join(root, '.well-known/acme-challenge', basename(request.url ?? ''));
    readFile(path).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return () =>
    new Promise((closed) => {
      server.closeAllConnections();
      server.close(() => closed());
    });
}

/**
 * Debian's lego on the same CA, `width` at once, each worker with an account of its own. The world's responder must be down: lego's
 * answers are on its port.
 * @returns certificates per second; undefined where lego is not installed
 */
export async function legoRate(
  world: IssuanceWorld,
  names: readonly string[],
  width: number,
): Promise<number | undefined> {
  const into = await mkdtemp(join(world.directory, 'lego-'));
  const bundle = join(into, 'bundle.pem');
  const webroot = join(into, 'webroot');
  await mkdir(webroot);
  await writeFile(bundle, world.stepCa.pki.bundle);
  const env = { LEGO_CA_CERTIFICATES: bundle };
  if ((await lego(['--version'], env)) !== undefined) return undefined;
  const stop = await serveWebroot(webroot, world.httpPort);
  const queue = [...names];
  const work = async (worker: number): Promise<void> => {
    const path = join(into, `worker-${String(worker)}`);
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      const who = ['--server', world.stepCa.directoryUrl, '--accept-tos', '--email', 'bench@trusted.domain'];
      const how = ['--path', path, '--http', '--http.webroot', webroot];
      const failure = await lego([...who, ...how, '--domains', name, 'run'], env);
      if (failure !== undefined) console.error(`lego: ${failure.trim().split('\n').at(-1) ?? ''}`);
    }
  };
  try {
    const seconds = await secondsOf(() => Promise.all(Array.from({ length: width }, (_, one) => work(one))));
    let issued = 0;
    for (let worker = 0; worker < width; worker += 1) {
      const files = await readdir(join(into, `worker-${String(worker)}`, 'certificates')).catch(() => []);
      issued += files.filter((file) => file.endsWith('.crt') && !file.endsWith('.issuer.crt')).length;
    }
    return issued / seconds;
  } finally {
    await stop();
  }
}
