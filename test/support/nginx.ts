import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handshake } from '../../src-main/tls/handshake.ts';
import { freePort, startChild, untilReady } from './child.ts';

/** Debian's nginx in front of nothing: it answers 200 to whomever it lets in. */
export interface TestNginx {
  /** `host:port`. */
  readonly address: string;
  readonly port: number;
  readonly config: string;
  output(): string;
  stop(): Promise<void>;
}

/** @param files `clients`: CA certificates whose holders alone are let in */
export async function startNginx(files: {
  readonly cert: string;
  readonly key: string;
  readonly clients?: string;
}): Promise<TestNginx> {
  const directory = await mkdtemp(join(tmpdir(), 'nginx-'));
  const config = join(directory, 'nginx.conf');
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${join(directory, name)};`,
  );
  const clients =
    files.clients === undefined
      ? ''
      : `ssl_client_certificate ${files.clients}; ssl_verify_client on; ssl_verify_depth 3;`;
  await writeFile(
    config,
    `${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${join(directory, 'nginx.pid')};
error_log stderr;
events { worker_connections 64; }
http {
${temporary.join('\n')}
  access_log off;
  server {
    listen 127.0.0.1:${String(port)} ssl;
    ssl_certificate ${files.cert};
    ssl_certificate_key ${files.key};
    ${clients}
    location / { return 200 "in"; }
  }
}
`,
  );
  const child = startChild('nginx', ['-c', config, '-g', 'daemon off;'], { cwd: directory });
  const request = { host: '127.0.0.1', port, servername: 'ready', timeoutMs: 2_000 };
  await untilReady(child, async () => (await handshake(request)).served !== undefined);
  return {
    address: `127.0.0.1:${String(port)}`,
    port,
    config,
    output: () => child.output(),
    async stop() {
      await child.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
