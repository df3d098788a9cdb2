import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { jsonLog } from './log.ts';
import { waitBeforeRetryMs } from './retry.ts';
import { runAgent } from './run.ts';
import { changeAgentState, readAgentState } from './state-file.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agent-run-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const good = (): string => `
server = "https://127.0.0.1:1/acme/acme/directory"
[acme]
http_responder_hmac = "secret"
[retry]
backoff_secs = []
[[profiles]]
service_name = "edge-proxy"
instance_id = "001"
hostname = "edge-node-01"
[profiles.paths]
cert = "${directory}/a.crt"
key = "${directory}/a.key"
`;

const run = (lines: string[] = []): Promise<number> =>
  runAgent({
    configPath: join(directory, 'agent.toml'),
    oneshot: true,
    flags: {},
    environment: {},
    log: ({ key }) => lines.push(key),
  });

describe('runAgent', () => {
  it('survives a file that is half written at the very start (C16), and answers how many failed', async () => {
    const path = join(directory, 'agent.toml');
    await writeFile(path, good().slice(0, 60));
    const lines: string[] = [];
    const result = run(lines);
    setTimeout(() => void writeFile(path, good()), 100);
    expect(await result).toBe(1);
    expect(lines).toContain('agent.log.failed');
    const record = await readAgentState(join(directory, 'bootroot-agent-state-edge-proxy.json'));
    expect(record.console_record?.profiles['001.edge-proxy.edge-node-01.trusted.domain']).toMatchObject({
      outcome: 'failed',
      reasons: ['missing'],
      error: 'acme_unreachable',
      failures: 1,
    });
  });

  it('gives up on one that stays broken', async () => {
    await writeFile(join(directory, 'agent.toml'), 'half = [');
    await expect(run()).rejects.toMatchObject({ code: 'toml_malformed' });
  });
});

describe('waitBeforeRetryMs', () => {
  it('follows the table by class of the error', () => {
    const passing = new ConsoleError('acme_unreachable', { url: '', reason: '' });
    expect([0, 1, 2].map((attempt) => waitBeforeRetryMs(passing, attempt, [5, 10]))).toEqual([
      5000,
      10_000,
      undefined,
    ]);
    expect(waitBeforeRetryMs(new Error('unknown'), 0, [5])).toBe(5000);
    expect(waitBeforeRetryMs(new ConsoleError('pin_mismatch'), 0, [5])).toBeUndefined();
    expect(waitBeforeRetryMs(new ConsoleError('cancelled'), 0, [5])).toBeUndefined();
    const limited = (seconds: number): ConsoleError => new ConsoleError('acme_rate_limited', { seconds });
    expect(waitBeforeRetryMs(limited(60), 0, [5])).toBe(60_000);
    expect(waitBeforeRetryMs(limited(86_400), 0, [5])).toBeUndefined();
  });
});

describe('the state file', () => {
  it('keeps every change of many at once, and keys that it does not know', async () => {
    const path = join(directory, 'state.json');
    await writeFile(path, '{"x_unknown": [1], "last_eab_seen_version": {"other": 9}}', { mode: 0o600 });
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        changeAgentState(path, (state) => ({
          ...state,
          last_eab_seen_version: { ...state.last_eab_seen_version, [`s${String(index)}`]: index },
        })),
      ),
    );
    const state = await readAgentState(path);
    expect(Object.keys(state.last_eab_seen_version)).toHaveLength(21);
    expect(state['x_unknown']).toEqual([1]);
    await writeFile(path, 'torn');
    await expect(readAgentState(path)).rejects.toMatchObject({ code: 'agent_state_malformed' });
  });

  it('writes what can wait together with what cannot, and alone when its time is up', async () => {
    const path = join(directory, 'state.json');
    const seen = (id: string, gatherMs: number) =>
      changeAgentState(
        path,
        (state) => ({ ...state, last_eab_seen_version: { ...state.last_eab_seen_version, [id]: 1 } }),
        gatherMs,
      );
    const patient = seen('patient', 3_600_000);
    const alone = await Promise.race([patient.then(() => true), sleep(100).then(() => false)]);
    expect(alone).toBe(false);
    await Promise.all([patient, seen('urgent', 0)]);
    expect((await readAgentState(path)).last_eab_seen_version).toEqual({ patient: 1, urgent: 1 });
    await seen('later', 50);
    expect(Object.keys((await readAgentState(path)).last_eab_seen_version)).toHaveLength(3);
  });
});

describe('jsonLog', () => {
  it('writes one line of JSON without anything secret', () => {
    const lines: string[] = [];
    const log = jsonLog(
      (line) => lines.push(line),
      ({ key }) => key,
    );
    const detail =
      'http_responder_hmac = "hunter22"\n-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----';
    const error = new ConsoleError('acme_unreachable', { url: 'https://u:pw@ca', reason: 'x' }, { detail });
    log(message('agent.log.failed', { name: 'a' }), 'error', { error, output: 'password: hunter22' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/hunter22|MIIB|\n/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      event: 'agent.log.failed',
      error: { code: 'acme_unreachable' },
    });
  });
});
