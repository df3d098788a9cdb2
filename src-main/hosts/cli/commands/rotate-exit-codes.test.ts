import { expect, test } from 'vitest';
import type { Operation, OperationState, Plan } from '../../../../shared/contract/operations.ts';
import { rotationTargets, type RotationTarget } from '../../../../shared/contract/rotation.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import { message } from '../../../../shared/message.ts';
import type { Dispatcher } from '../../../console/dispatcher.ts';
import { runCommandLine } from '../program.ts';
import { createTestTerminal } from '../test-terminal.ts';
import { registerAll } from './index.ts';

const title = message('error.no_workspace.what');

/** How an operator would say each target. */
const words: Readonly<Record<RotationTarget, readonly string[]>> = {
  'approle-secret-id': ['--all-services'],
  'trust-sync': [],
  'responder-hmac': [],
  'force-reissue': ['edge'],
  'stepca-password': [],
  db: [],
  'console-credentials': [],
  'ca-key': [],
  'openbao-recovery': ['--rotate-unseal-keys'],
  eab: ['--clear'],
  'infra-tls': [],
  'acme-account-key': [],
};

interface Case {
  readonly end?: OperationState;
  readonly met?: boolean;
  /** What `operations.start` answers instead of starting. */
  readonly refusal?: 'plan_changed' | 'operation_running';
}

/** A core whose only operation ends as it is told. */
function coreOf(target: RotationTarget, { end = 'done', met = true, refusal }: Case) {
  const calls: string[] = [];
  let started = false;
  const operation = (state: OperationState): Operation => ({
    id: 'op1',
    kind: `rotate.${target}`,
    title,
    state,
    actor: 'kim@desk (cli)',
    startedAt: 0,
    planDigest: 'd1',
    progress: 1,
    steps: [{ id: 's1', title, state: 'running', undoable: true }],
    proofs: [],
    changes: [],
    secretInputs: [],
    canResume: false,
    canUndo: false,
    canCancel: false,
    ...(state === 'failed'
      ? { error: { code: 'internal', params: {}, changed: message('error.changed.nothing') } }
      : {}),
  });
  const plan = (kind: string): Plan => ({
    kind,
    title,
    summary: title,
    steps: [{ id: 's1', title, undoable: true, effects: [] }],
    preconditions: [{ id: 'p', title, met }],
    secretInputs: [],
    confirm: { verb: title, typed: 'retire' },
    digest: 'd1',
  });
  const given = { progress: 0, needed: 0, wrong: [], complete: false };
  const answers: Readonly<Record<string, (input: { kind?: string }) => unknown>> = {
    'operations.plan': ({ kind = '' }) => plan(kind),
    'operations.start': () => {
      if (refusal !== undefined) throw new ConsoleError(refusal);
      started = true;
      return operation('running');
    },
    'rotationCaKey.board': () => ({
      stage: 'idle',
      rows: [],
      waiting: 0,
      mayAbort: false,
      ...(started ? {} : { nextAction: 'begin' }),
    }),
    'recovery.status': () => ({ sharesOnDisk: true, threshold: 2, given, busy: false }),
    'openbao.ceremony': () => ({ state: 'none' }),
    'eab.status': () => ({ required: false }),
  };
  const dispatcher: Dispatcher = {
    kindOf: () => 'query',
    async call(name: string, input: unknown) {
      calls.push(name);
      const answer = answers[name];
      if (answer === undefined) throw new Error(`nobody expected ${name}`);
      return answer(input as { kind?: string });
    },
    async *open() {
      yield { type: 'operation', operation: operation('running') };
      yield { type: 'operation', operation: operation(end) };
    },
  };
  return { dispatcher, calls };
}

async function rotate(target: RotationTarget, flags: readonly string[], given: Case = {}) {
  const terminal = createTestTerminal();
  const { dispatcher, calls } = coreOf(target, given);
  const code = await runCommandLine({
    register: registerAll,
    argv: ['rotate', target, ...words[target], ...flags],
    terminal,
    rendererDir: '/nowhere',
    signal: new AbortController().signal,
    openConsole: async () => ({
      dispatcher,
      actor: 'kim@desk',
      shutdown: async () => undefined,
      infraRunning: async () => false,
      stopInfra: async () => undefined,
    }),
  });
  return { code, out: terminal.out(), started: calls.includes('operations.start') };
}

/** As `--help` and formats.md say: 0 done, 1 failed, 3 refused, 4 pending, 5 cancelled. */
const ends: readonly (readonly [string, readonly string[], Case, number, boolean])[] = [
  ['done', ['--yes'], { end: 'done' }, 0, true],
  ['pending', ['--yes'], { end: 'pending' }, 4, true],
  ['failed', ['--yes'], { end: 'failed' }, 1, true],
  ['interrupted', ['--yes'], { end: 'interrupted' }, 1, true],
  ['cancelled', ['--yes'], { end: 'cancelled' }, 5, true],
  ['paused', ['--yes'], { end: 'paused' }, 5, true],
  ['refused by a precondition', ['--yes'], { met: false }, 3, false],
  ['refused as the plan changed', ['--yes'], { refusal: 'plan_changed' }, 3, true],
  ['refused as another one runs', ['--yes'], { refusal: 'operation_running' }, 3, true],
  ['a dry run', ['--dry-run'], {}, 0, false],
  ['a dry run of what cannot start', ['--dry-run'], { met: false }, 0, false],
  ['nobody there to confirm', [], {}, 1, false],
  ['an unknown flag', ['--yes', '--bogus'], {}, 2, false],
];

test.each(rotationTargets)('%s: exit code of each end, the same with --json', async (target) => {
  for (const [name, flags, given, code, started] of ends) {
    const plain = await rotate(target, flags, given);
    expect([name, plain.code, plain.started]).toEqual([name, code, started]);
    if (code === 2) continue;
    const json = await rotate(target, [...flags, '--json'], given);
    expect([name, json.code]).toEqual([name, code]);
    // One document, whatever happened, that says the same as the code.
    expect([name, (JSON.parse(json.out) as { ok: boolean }).ok]).toEqual([name, code === 0]);
  }
});

test('help of each target is there in both languages', async () => {
  for (const target of rotationTargets)
    for (const lang of ['en', 'ko']) {
      const { code, out } = await rotate(target, ['--lang', lang, '--help']);
      expect([target, code]).toEqual([target, 0]);
      expect(out).toContain(target);
    }
});
