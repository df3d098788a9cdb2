import { expect, test } from 'vitest';
import type { Timeline } from '../../../../shared/contract/credential-expiry.ts';
import type { RotationItem } from '../../../../shared/contract/rotation.ts';
import { message } from '../../../../shared/message.ts';
import { runCommandLine } from '../program.ts';
import { createTestTerminal } from '../test-terminal.ts';
import { registerAll } from './index.ts';

const title = message('rotation.target.db');
const item = (target: RotationItem['target'], due: RotationItem['due']): RotationItem => ({
  target,
  kind: `rotate.${target}`,
  title,
  input: {},
  due,
  dueAt: 0,
  policyDays: 90,
  touches: [],
});
const timeline: Timeline = {
  at: 0,
  items: [
    { id: 'root', kind: 'root', name: 'Root', limit: 'none' },
    { id: 'leaf:edge', kind: 'leaf', name: 'edge', limit: 'certificate', expiresAt: 2_000 },
    { id: 'secret_id:edge', kind: 'secret_id', name: 'edge', limit: 'issued', expiresAt: 1_000 },
  ],
};
const operation = (kind: string) => ({
  id: `of-${kind}`,
  kind,
  title,
  state: 'done',
  actor: 'kim@desk (web)',
  startedAt: 0,
  planDigest: 'abcdef0123456789',
  progress: 1,
  steps: [],
  proofs: [],
  changes: [{ what: 'dsn', before: 'sha256:aa', after: 'sha256:bb' }],
  secretInputs: [],
  canResume: false,
  canUndo: false,
  canCancel: false,
});

async function say(words: readonly string[], items: readonly RotationItem[] = []) {
  const terminal = createTestTerminal();
  const inputs: unknown[] = [];
  const code = await runCommandLine({
    register: registerAll,
    argv: ['rotate', ...words],
    terminal,
    rendererDir: '/nowhere',
    signal: new AbortController().signal,
    openConsole: async () => ({
      dispatcher: {
        kindOf: () => 'query',
        async call(name: string, input: unknown) {
          inputs.push(input);
          if (name === 'rotation.timeline') return timeline;
          if (name === 'operations.list') return ['rotate.db', 'rotate.eab', 'infra.up'].map(operation);
          return items;
        },
        async *open() {
          yield undefined;
        },
      },
      actor: 'kim@desk',
      shutdown: async () => undefined,
      infraRunning: async () => false,
      stopInfra: async () => undefined,
    }),
  });
  return { code, out: terminal.out(), inputs };
}

test('what is due, and only that; 4 when there is any', async () => {
  const all = [item('db', 'ok'), item('eab', 'overdue'), item('ca-key', 'unknown')];
  const { code, out } = await say(['due'], all);
  expect(code).toBe(4);
  expect(out).toMatch(/^eab .*overdue/m);
  expect(out).toContain('1970-01-01T00:00:00.000Z');
  expect(out).not.toMatch(/^db/m);
  expect((await say(['due'], [item('db', 'ok')])).code).toBe(0);
  // Not knowing is no reason to rotate.
  expect((await say(['due'], [item('db', 'unknown')])).code).toBe(0);
  const json = JSON.parse((await say(['due', '--json'], all)).out) as { items: RotationItem[] };
  expect(json.items.map(({ target }) => target)).toEqual(['eab', 'ca-key']);
});

test('the timeline begins with what ends first', async () => {
  const { code, out } = await say(['timeline']);
  expect(code).toBe(0);
  expect(out.split('\n').map((line) => line.split(/\s+/)[1])).toEqual([
    'secret_id:edge',
    'leaf:edge',
    'root',
    undefined,
  ]);
});

test('history of rotations, of one target, with plan and fingerprints; of none that exists', async () => {
  const { out } = await say(['history']);
  expect(out).toMatch(
    /db .*kim@desk \(web\) {2}abcdef012345 {2}of-rotate.db\n {4}dsn: sha256:aa → sha256:bb/,
  );
  expect(out).toContain('of-rotate.eab');
  expect(out).not.toContain('infra.up');
  expect((await say(['history', 'eab'])).out).not.toContain('of-rotate.db');
  expect((await say(['history', 'nothing'])).code).toBe(2);
});

test('a policy is set and removed; nonsense is not', async () => {
  expect((await say(['policy', 'db', '30'], [item('db', 'ok')])).inputs).toEqual([
    { target: 'db', days: 30 },
  ]);
  expect((await say(['policy', 'db', 'none'])).inputs).toEqual([{ target: 'db', days: null }]);
  for (const words of [
    ['db', 'soon'],
    ['db', '0'],
    ['nothing', '1'],
  ])
    expect((await say(['policy', ...words])).code).toBe(2);
});
