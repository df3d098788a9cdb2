import { statSync } from 'node:fs';
import { get } from 'node:https';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { parseBundle } from '../issuance/set-files.ts';
import { readBundle, sha256 } from '../tls/certificates.ts';
import { connectionFailure } from '../tls/failure.ts';
import { readTextFileIfPresent } from '../workspace/atomic.ts';
import type { AgentConfig } from './config.ts';
import type { AgentLog } from './log.ts';

const mostBytes = 1_048_576;
const timeoutMs = 10_000;

/**
 * step-ca's root certificates, asked without knowing whom one talks to: the only request of the agent that does not verify.
 * What comes back is either compared with the pins or, in a run that was told not to verify, taken as it is.
 */
function fetchRoots(server: string): Promise<string> {
  const url = new URL('/roots.pem', server);
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      const reason = connectionFailure(error).code;
      reject(new ConsoleError('acme_unreachable', { url: url.href, reason }, { cause: error }));
    };
    const request = get(url, { rejectUnauthorized: false, agent: false, timeout: timeoutMs }, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > mostBytes) request.destroy(new Error('too large'));
        else chunks.push(chunk);
      });
      answer.on('error', fail);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else reject(new ConsoleError('agent_trust_missing', { url: server }));
      });
    });
    request.on('timeout', () => request.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
    request.on('error', fail);
  });
}

interface Narrowed {
  /** What told the file apart from every other content: path, inode, size and times. */
  readonly file: string;
  readonly pins: readonly string[];
  readonly pem: string;
}

/** The pinned part of the bundle that was read last: it is asked for with every order, and changes with a rotation. */
let narrowed: Narrowed | undefined;

async function pinnedPart(path: string, pins: readonly string[]): Promise<string> {
  const now = statSync(path, { bigint: true, throwIfNoEntry: false });
  const file =
    now === undefined ? '' : [path, now.ino, now.size, now.mtimeNs, now.ctimeNs].map(String).join();
  if (file !== '' && narrowed?.file === file && narrowed.pins === pins) return narrowed.pem;
  const text = (await readTextFileIfPresent(path, { maxBytes: 4 * mostBytes })) ?? '';
  const pem = parseBundle(text)
    .filter((member) => pins.includes(sha256(member)))
    .map((member) => member.toString())
    .join('');
  narrowed = { file, pins, pem };
  return pem;
}

async function fetchedTrust(server: string, pins: readonly string[]): Promise<string> {
  const roots = readBundle(await fetchRoots(server)).filter(
    (root) => pins.length === 0 || pins.includes(sha256(root)),
  );
  if (roots.length === 0) throw new ConsoleError('agent_trust_missing', { url: server });
  return roots.map((root) => root.toString()).join('');
}

/**
 * By which bundle the servers are trusted in this run; undefined: by the system's store (formats.md, trust rules). With pins it is the
 * bundle narrowed to them; while there is no bundle yet, the CA's own roots as far as they are pinned.
 * @throws `agent_trust_missing`, `acme_unreachable`
 */
export async function caTrust(config: AgentConfig, log: AgentLog): Promise<string | undefined> {
  const { bundlePath, pins, verify } = config.trust;
  if (!config.server.startsWith('https:')) return undefined;
  if (config.insecure) {
    log(message('agent.log.insecure'), 'warn');
    return fetchedTrust(config.server, []);
  }
  if (bundlePath !== undefined) {
    const pinned = await pinnedPart(bundlePath, pins);
    if (pinned !== '') return pinned;
    return fetchedTrust(config.server, pins);
  }
  if (verify) return undefined;
  log(message('agent.log.not_verified'), 'warn');
  return fetchedTrust(config.server, []);
}
