import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import { installation, type Installation, type InnerConsole } from '../support/installation.ts';

let stack: Installation;
let inner: InnerConsole;
/** What Node holds against the process, such as listeners that nobody takes away. */
const warnings: string[] = [];
const warned = ({ name, message }: Error): void => void warnings.push(`${name}: ${message}`);

beforeAll(async () => {
  stack = await installation();
  await stack.must(['service', 'add', 'edge']);
  inner = await stack.open('cli');
  process.on('warning', warned);
});
afterAll(async () => {
  process.off('warning', warned);
  await stack?.stop();
});

const damages: readonly (readonly [string, (text: string) => string])[] = [
  ['empty', () => ''],
  ['cut off', (text) => text.slice(0, Math.floor(text.length / 2))],
  ['binary', () => '\u0000\u0001\ufffd'.repeat(500)],
  ['of another shape', () => '[]'],
  ['deep', () => '['.repeat(50_000)],
];
const readings: readonly (readonly [string, unknown])[] = [
  ['services.list', {}],
  ['services.show', { id: 'edge' }],
  ['services.check', { input: { serviceName: 'new' } }],
  ['services.defaults', {}],
  ['openbao.status', {}],
  ['rotation.list', {}],
  ['operations.list', {}],
  ['workspace.list', {}],
  ['setup.check', { input: 7 }],
];

/** Codes with which each reading ended; `ok` is an answer as well. */
async function codes(): Promise<string[]> {
  const found: string[] = [];
  for (const [name, input] of readings) {
    if (inner.console.dispatcher.kindOf(name) !== 'query') continue;
    await inner.call(name, input).then(
      () => found.push('ok'),
      (error: unknown) => found.push(isConsoleError(error) ? error.code : `crash ${String(error)}`),
    );
  }
  await inner.first('home.overview').then(
    () => found.push('ok'),
    (error: unknown) => found.push(isConsoleError(error) ? error.code : `crash ${String(error)}`),
  );
  return found;
}

test.each([
  { file: 'state.json', path: () => stack.paths.state, named: /^state_/ },
  { file: 'agent.toml', path: () => stack.paths.resolve('agent-edge.toml'), named: undefined },
  { file: 'ca.json', path: () => stack.paths.caConfig, named: undefined },
])('a damaged $file is named and never a crash', async ({ path, named }) => {
  const whole = await readFile(path(), 'utf8');
  try {
    for (const [how, damage] of damages) {
      await writeFile(path(), damage(whole));
      const found = await codes();
      expect([how, found.filter((code) => code === 'internal' || code.startsWith('crash'))]).toEqual([
        how,
        [],
      ]);
      if (named !== undefined) expect([how, found.some((code) => named.test(code))]).toEqual([how, true]);
      // The damage is the operator's to look at: reading mends nothing behind his back.
      expect(await readFile(path(), 'utf8')).toBe(damage(whole));
      // A console that starts on it opens as well, and says what it found.
      const { code, stderr } = await stack.cli(['service', 'list']);
      expect([how, stderr.includes('    at '), code === null]).toEqual([how, false, false]);
    }
  } finally {
    await writeFile(path(), whole);
  }
  expect((await inner.call<{ total: number }>('services.list')).total).toBe(1);
});

test('asked all that often, nothing is left behind that listens', () => {
  expect(warnings).toEqual([]);
});
