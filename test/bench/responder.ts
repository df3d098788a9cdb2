import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { responderClient } from '../../src-main/responder/client.ts';
import { sign } from '../../src-main/responder/signature.ts';
import { freePort, startChild, untilReady, type TestChild } from '../support/child.ts';
import { load, percentile } from './http-load.ts';
import { measured } from './measure.ts';

const secret = 'responder secret of a bench';
const rateMark = 3_000;
const p99Mark = 20;
const requests = 60_000;
const connections = 32;
const tokens = Number(process.env['BENCH_TOKENS'] ?? 1_000_000);
/** More than this over what it was after the first part is no longer flat. */
const growthMark = 1.15;
const adminLimit = 300;
const flood = 20_000;

interface Running {
  readonly child: TestChild;
  readonly challengePort: number;
  readonly adminPort: number;
}

/** A responder as a process on one core; `command` takes `--config`. */
async function start(directory: string, command: readonly string[], limit: number): Promise<Running> {
  const [challengePort, adminPort] = [await freePort(), await freePort()];
  const config = join(directory, `responder-${String(adminPort)}.toml`);
  const lines = [
    `listen_addr = "127.0.0.1:${String(challengePort)}"`,
    `admin_addr = "127.0.0.1:${String(adminPort)}"`,
    `hmac_secret = "${secret}"`,
    `token_ttl_secs = 300`,
    'cleanup_interval_secs = 1',
    `admin_rate_limit_requests = ${String(limit)}`,
    // Where the limit itself is not what is measured, its window begins anew before it is reached.
    `admin_rate_limit_window_secs = ${limit > adminLimit ? '1' : '3600'}`,
  ];
  await writeFile(config, lines.join('\n'), { mode: 0o600 });
  const child = startChild('taskset', ['-c', '0', ...command, '--config', config]);
  try {
    // Counts against the limit only when it is taken, so that the probe costs the measure exactly one.
    const client = responderClient({ url: `http://127.0.0.1:${String(adminPort)}`, secret, ttlSecs: 300 });
    await untilReady(child, () => client.present('probe', 'probe.thumb').then(() => true));
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { child, challengePort, adminPort };
}

const challengeRequest = (token: string): string =>
  `GET /.well-known/acme-challenge/${token} HTTP/1.1\r\nhost: bench\r\n\r\n`;

function adminRequest(token: string, ttlSecs: number, key = secret): string {
  const keyAuthorization = `${token}.thumb`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const body = JSON.stringify({ token, key_authorization: keyAuthorization, ttl_secs: ttlSecs });
  return [
    'POST /admin/http01 HTTP/1.1',
    'host: bench',
    'content-type: application/json',
    `x-bootroot-timestamp: ${timestamp}`,
    `x-bootroot-signature: ${sign(key, { timestamp, token, keyAuthorization, ttlSecs })}`,
    `content-length: ${String(body.length)}`,
    '',
    body,
  ].join('\r\n');
}

const times = (count: number, make: (index: number) => string): (() => string | undefined) => {
  let index = 0;
  return () => (index < count ? make(index++) : undefined);
};

/** @returns GETs per second and the 99th percentile in milliseconds */
async function challenges({ challengePort: port }: Running): Promise<{ rate: number; p99: number }> {
  const run = (count: number): ReturnType<typeof load> =>
    load({ host: '127.0.0.1', port, connections, next: times(count, () => challengeRequest('probe')) });
  await run(requests / 6);
  const { seconds, statuses, latencies } = await run(requests);
  const good = statuses.get(200) ?? 0;
  if (good < requests * 0.999) throw new Error(`answers: ${JSON.stringify([...statuses])}`);
  return { rate: good / seconds, p99: percentile(latencies, 0.99) };
}

const megabytes = async ({ child }: Running): Promise<number> => {
  const status = await readFile(`/proc/${String(child.process.pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) / 1024;
};

/**
 * Many tokens that live for a second, until so many were taken. The store is bounded: one that is full of live ones answers 503, and
 * has room again when they have ended.
 */
async function presentMany({ adminPort: port }: Running, from: number, count: number): Promise<number> {
  let [taken, sent, working] = [0, 0, 0];
  while (taken < count) {
    const begun = from + sent;
    const wanted = Math.min(count - taken, 50_000);
    const next = times(wanted, (index) => adminRequest(`token-${String(begun + index)}`, 1));
    const { seconds, statuses } = await load({ host: '127.0.0.1', port, connections: 8, next });
    const [good, full] = [statuses.get(200) ?? 0, statuses.get(503) ?? 0];
    if (good === 0 || good + full < wanted * 0.99)
      throw new Error(`answers: ${JSON.stringify([...statuses])}`);
    [taken, sent, working] = [taken + good, sent + wanted, working + seconds];
    if (full > 0) await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  return count / working;
}

async function flat(running: Running): Promise<boolean> {
  const first = Math.ceil(tokens / 5);
  await presentMany(running, 0, first);
  const early = await megabytes(running);
  const rate = await presentMany(running, first, tokens - first);
  const late = await megabytes(running);
  console.log(`responder: ${String(tokens)} tokens presented, ${rate.toFixed(0)} a second`);
  const name = `responder's memory after ${String(tokens)} tokens, and after the first fifth`;
  return measured(name, late, early, 'MB', late < early * growthMark);
}

/** Signed and unsigned calls at once: exactly the limit passes, and challenges are answered meanwhile. */
async function floods({ adminPort, challengePort }: Running): Promise<boolean> {
  const next = times(flood, (index) =>
    adminRequest(`flood-${String(index)}`, 60, index % 2 === 0 ? secret : 'another'),
  );
  const attack = load({ host: '127.0.0.1', port: adminPort, connections: 16, next });
  const asked = await load({
    host: '127.0.0.1',
    port: challengePort,
    connections: 4,
    next: times(5_000, () => challengeRequest('probe')),
  });
  const { statuses } = await attack;
  const [taken, refused, unsigned] = [200, 429, 401].map((status) => statuses.get(status) ?? 0);
  const p99 = percentile(asked.latencies, 0.99);
  // The probe at the start was the first of the window.
  const met = taken === adminLimit - 1 && (refused ?? 0) > 0 && (asked.statuses.get(200) ?? 0) >= 4_990;
  console.log(
    `responder under a flood: ${String(taken)} taken of a limit of ${String(adminLimit)} (one before), ${String(refused)} answered 429, ${String(unsigned)} 401; challenges meanwhile p99 ${p99.toFixed(1)} ms${met ? '' : ' MISSED'}`,
  );
  return met;
}

/** The responder as a process on one core; beside bootroot's when `BOOTROOT_HTTP01_RESPONDER` names its binary. */
export async function responderBench(): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-responder-'));
  const ours = [process.execPath, resolve('dist/console.cjs'), 'responder'];
  const results: boolean[] = [];
  const using = async (
    command: readonly string[],
    limit: number,
    work: (running: Running) => Promise<void>,
  ): Promise<void> => {
    const running = await start(directory, command, limit);
    try {
      await work(running);
    } finally {
      await running.child.stop();
    }
  };
  try {
    let theirs: { rate: number; p99: number } | undefined;
    const binary = process.env['BOOTROOT_HTTP01_RESPONDER'];
    if (binary !== undefined)
      await using([binary], adminLimit, async (running) => {
        theirs = await challenges(running);
      });
    await using(ours, 1_000_000, async (running) => {
      const { rate, p99 } = await challenges(running);
      results.push(
        measured('challenge GETs on one core, and the mark', rate, rateMark, 'GET/s', rate >= rateMark),
      );
      results.push(measured('their 99th percentile, and the mark', p99, p99Mark, 'ms', p99 < p99Mark));
      if (theirs !== undefined)
        measured('challenge GETs beside bootroot-http01-responder', rate, theirs.rate, 'GET/s', true);
      results.push(await flat(running));
    });
    await using(ours, adminLimit, async (running) => {
      results.push(await floods(running));
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return results.every(Boolean);
}
