import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { message } from '../../shared/message.ts';
import { compareVersions } from '../servers/catalogue.ts';
import { httpRequest } from '../tls/http-request.ts';
import type { TlsClient } from '../tls/client.ts';
import type { Finding } from './check.ts';

interface Range {
  readonly title: string;
  readonly from: string;
  readonly below?: string;
}

/** What a service host is known to work with: from (included) up to below (not included). */
const ranges = {
  // 2.5 is what the tools' own compose file starts, 2.7 what this console does; a next major version may answer otherwise.
  openbao: { title: 'OpenBao', from: '2.5', below: '3' },
  // The series that the tools and this console start.
  stepca: { title: 'step-ca', from: '0.30', below: '1' },
  // From the older generation to the newer.
  agent: { title: 'bootroot-agent', from: '0.1', below: '0.4' },
  node: { title: 'Node', from: '20.19' },
} as const satisfies Readonly<Record<string, Range>>;
export type Versioned = keyof typeof ranges;

const plain = /\d+(?:\.\d+){1,2}/;

/**
 * Whether this version is one that is known to work, and what to do when it is not.
 * @param text as the program says it; a version cannot be told from it: no finding of a failure
 * @param least a version that this host needs beyond that
 */
export function judgeVersion(of: Versioned, text: string, least?: string): Finding {
  const { title, from, below }: Range = ranges[of];
  const check = 'versions';
  const version = plain.exec(text)?.[0];
  if (version === undefined)
    return { check, state: 'skipped', what: message('remote.check.version_untold', { title }) };
  const oldest = least ?? from;
  const params = { title, version, from: oldest, below: below ?? '' };
  if (compareVersions(version, oldest) < 0)
    return {
      check,
      state: 'failed',
      what: message('remote.check.version_old', params),
      fix: message('remote.check.version_old_fix', { title, from: oldest }),
    };
  if (below !== undefined && compareVersions(version, below) >= 0)
    return {
      check,
      state: 'failed',
      what: message('remote.check.version_new', params),
      fix: message('remote.check.version_new_fix', params),
    };
  return { check, state: 'ok', what: message('remote.check.version', params) };
}

/** Of the CA that the agent orders from; one that is no step-ca says nothing of itself. */
export async function stepCaVersion(
  directory: string,
  tls: TlsClient | undefined,
  signal: AbortSignal,
): Promise<Finding> {
  const url = new URL('/version', directory).href;
  const answer = await httpRequest({ url, timeoutMs: 5_000, signal, ...(tls === undefined ? {} : { tls }) });
  const said = /"version"\s*:\s*"([^"]{1,40})"/.exec(answer.body.toString())?.[1];
  return judgeVersion('stepca', answer.status === 200 ? (said ?? '') : '');
}

const run = promisify(execFile);

/**
 * The agent of the tools, where it is installed; else this program is the agent.
 * @param fastPoll whether this host is served through OpenBao, which only the newer agent polls
 */
export async function agentVersion(fastPoll: boolean): Promise<Finding> {
  try {
    const { stdout } = await run('bootroot-agent', ['--version'], { timeout: 5_000 });
    return judgeVersion('agent', stdout, fastPoll ? '0.3' : undefined);
  } catch {
    return judgeVersion('node', process.versions.node);
  }
}
