import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CachePaths } from '../../src-main/servers/cache-paths.ts';
import { freePort, startChild, untilReady } from './child.ts';

const version = '1.4.6';

/** Where Python finds aiosmtpd; got once from the Python package index. */
async function library(): Promise<string> {
  const target = join(new CachePaths().root, 'test', `aiosmtpd-${version}`);
  const there = await access(join(target, 'aiosmtpd', 'smtp.py')).then(
    () => true,
    () => false,
  );
  if (!there)
    await promisify(execFile)('python3', [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
      ...['--target', target, `aiosmtpd==${version}`],
    ]);
  return target;
}

export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly tls: boolean;
  readonly user: string | null;
  readonly data: string;
}

export interface MailServer {
  readonly port: number;
  /** The mail of this number, there already or to come. */
  mail(index: number): Promise<TakenMail>;
  stop(): Promise<void>;
}

/** A real mail server (aiosmtpd). With a certificate it wants STARTTLS, with a password a login; `nobody@…` has no mailbox. */
export async function startMailServer(options: {
  readonly cert?: string;
  readonly key?: string;
  readonly password?: string;
}): Promise<MailServer> {
  const port = await freePort();
  const script = fileURLToPath(new URL('smtp-server.py', import.meta.url));
  const child = startChild('python3', [script, JSON.stringify({ ...options, port })], {
    env: { PYTHONPATH: await library() },
  });
  const lines = (): unknown[] =>
    child
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as unknown);
  await untilReady(child, () => Promise.resolve(lines().length > 0));
  return {
    port,
    async mail(index) {
      await untilReady(child, () => Promise.resolve(lines().length > index + 1));
      return lines()[index + 1] as TakenMail;
    },
    stop: () => child.stop(),
  };
}
