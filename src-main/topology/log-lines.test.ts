import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LogLine, LogSource } from '../../shared/contract/topology.ts';
import { followLogs, parseLine, redact } from './log-lines.ts';
import { startFailure } from './start-failure.ts';

test.each([
  ['openbao', '2026-11-23T12:19:31.678Z [ERROR] core: barrier', 'error', '2026-11-23T12:19:31.678Z'],
  ['openbao', '2026-11-23T12:19:31.678Z [INFO]  core: x', 'info', '2026-11-23T12:19:31.678Z'],
  ['postgres', '2026-11-23 12:19:31.090 UTC [4331] FATAL:  x', 'error', '2026-11-23T12:19:31.090Z'],
  ['postgres', '2026-11-23 12:19:31.090 UTC [4331] WARNING:  x', 'warn', '2026-11-23T12:19:31.090Z'],
  ['step-ca', 'time="2026-11-23T12:19:32Z" level=warning msg=x', 'warn', '2026-11-23T12:19:32Z'],
  ['step-ca', '2026/11/23 12:19:32 Serving HTTPS', 'info', '2026-11-23T12:19:32Z'],
  ['responder', '2026-11-23T12:19:32.672Z warn refused', 'warn', '2026-11-23T12:19:32.672Z'],
] as const)('reads level and time of a line of %s: %s', (server, line, level, at) => {
  expect(parseLine(server, line)).toEqual({ server, level, text: line, at: Date.parse(at) });
});

test('a line of a renewal agent is told as a sentence, with what went wrong; what is none as it is', () => {
  const time = '2026-11-23T12:19:31.678Z';
  const line = {
    time,
    level: 'error',
    event: 'agent.log.failed',
    params: { name: 'a' },
    message: 'a could not be renewed',
    error: { code: 'acme_unreachable', what: 'No answer.', next: 'Wait.', detail: 'line 1\n  line 2' },
    output: 'password: hunter22',
  };
  const shown = parseLine('agent:edge', JSON.stringify(line));
  expect(shown.text).not.toContain('hunter22');
  expect(shown).toMatchObject({
    server: 'agent:edge',
    at: Date.parse(time),
    level: 'error',
    text: expect.stringMatching(
      /^a could not be renewed: No answer\. \(acme_unreachable\) · line 1 · line 2 · password: ••••/,
    ) as string,
  });
  const crash = 'FATAL ERROR: JavaScript heap out of memory';
  expect(parseLine('agent:edge', crash)).toEqual({ server: 'agent:edge', level: 'info', text: crash });
  expect(parseLine('agent:edge', '{"a": 1}').text).toBe('{"a": 1}');
});

test('a date inside a line is not its time', () => {
  expect(parseLine('openbao', 'Version: built 2026-10-26T20:32:27Z').at).toBeUndefined();
});

test('secrets and control characters do not get through', () => {
  const token = `hvs.${'A1b2C3d4'.repeat(4)}`;
  const line = `got ${token} with postgresql://step:Pa55word-x@h/db \u001b[2J and hmac_secret = "s3cret-value"`;
  const shown = redact(line);
  for (const secret of [token, 'Pa55word-x', 's3cret-value', '\u001b']) expect(shown).not.toContain(secret);
  expect(shown).toContain('got ');
  expect(redact('x'.repeat(100_000)).length).toBeLessThanOrEqual(4_000);
});

test('follows two files, in order, through a rotation', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'logs-'));
  const openbao = join(directory, 'openbao.log');
  const postgres = join(directory, 'postgres.log');
  await writeFile(openbao, '2026-01-01T00:00:01Z [INFO] a\ncontinued\n2026-01-01T00:00:03Z [INFO] c\n');
  await writeFile(postgres, '2026-01-01 00:00:02.000 UTC [1] LOG: b\n');
  const files = new Map<LogSource, string>([
    ['openbao', openbao],
    ['postgres', postgres],
  ]);
  const stop = new AbortController();
  const lines: LogLine[] = [];
  const until = async (count: number): Promise<void> => {
    const end = Date.now() + 5_000;
    while (lines.length < count && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const reading = (async () => {
    const options = { lines: 10, follow: true, pollMs: 20 };
    for await (const line of followLogs(async () => files, options, stop.signal)) lines.push(line);
  })();
  await until(4);
  await appendFile(openbao, '2026-01-01T00:00:04Z [INFO] half');
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(lines.length).toBe(4);
  await appendFile(openbao, ' and whole\n');
  await until(5);
  await truncate(postgres, 0);
  await new Promise((resolve) => setTimeout(resolve, 60));
  await appendFile(postgres, '2026-01-01 00:00:05.000 UTC [1] LOG: e\n');
  await until(6);
  // An agent that comes with a new service.
  const agent = join(directory, 'agent.log');
  const said = { time: '2026-01-01T00:00:06.000Z', level: 'info', event: 'x', message: 'looked at f' };
  await writeFile(agent, `${JSON.stringify(said)}\n`);
  files.set('agent:edge', agent);
  await until(7);
  stop.abort();
  await reading;
  const last = (line: LogLine): string => line.text.split(' ').pop() ?? '';
  expect(lines.map(last)).toEqual(['a', 'continued', 'b', 'c', 'whole', 'e', 'f']);
  await rm(directory, { recursive: true, force: true });
});

test.each([
  ['write failed: No space left on device', 'topology_disk_full'],
  ['bind: address already in use', 'topology_port_lost'],
  ['open /x: permission denied', 'topology_permission'],
  ['something new', 'topology_exited'],
])('a server that printed "%s" ended for %s', (line, code) => {
  const failure = startFailure('openbao', ['before', line], 'exit 1');
  expect(failure.data).toMatchObject({ code, params: { server: 'OpenBao', exit: 'exit 1' } });
  expect(failure.data.detail).toContain(line);
});
