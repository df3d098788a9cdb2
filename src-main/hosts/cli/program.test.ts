import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import type { Operation, Plan } from '../../../shared/contract/operations.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Call, Dispatcher } from '../../console/dispatcher.ts';
import { registerAll } from './commands/index.ts';
import { runCommandLine } from './program.ts';
import { createTestTerminal, type TestTerminal } from './test-terminal.ts';

const title = message('error.no_workspace.what');

const operationIn = (state: Operation['state']): Operation => ({
  id: 'op1',
  kind: 'infra.up',
  title,
  state,
  actor: 'kim@desk (cli)',
  startedAt: 0,
  planDigest: 'd1',
  progress: 1,
  steps: [{ id: 's1', title, state: state === 'done' ? 'done' : 'running', undoable: true }],
  proofs: state === 'done' ? [{ title, outcome: 'proved', at: 0 }] : [],
  changes: [],
  secretInputs: [],
  canResume: false,
  canUndo: false,
  canCancel: state === 'running',
});

interface Small {
  readonly dispatcher: Dispatcher;
  readonly calls: { name: string; input: unknown; actor: string }[];
}

/** Operations as the core answers them: a plan, a start, a watch that ends in `end`. */
function createSmallCore(plan: Partial<Plan> = {}, end: Operation['state'] = 'done'): Small {
  const calls: Small['calls'] = [];
  const whole: Plan = {
    kind: 'infra.up',
    title,
    summary: title,
    steps: [
      {
        id: 's1',
        title,
        undoable: false,
        effects: [{ kind: 'file', path: 'state.json', action: 'change', diff: '-a\n+b' }],
      },
    ],
    preconditions: [],
    secretInputs: [],
    confirm: { verb: title },
    digest: 'd1',
    ...plan,
  };
  const answers: Record<string, unknown> = {
    'operations.plan': whole,
    'operations.start': operationIn('running'),
    'operations.cancel': operationIn('cancelled'),
    'operations.list': [operationIn('done')],
    'openbao.status': { sealed: false },
    'setup.defaults': { path: '/tmp/ca', openbao: { shares: 3, threshold: 2 }, ca: {} },
    'services.defaults': { serviceName: 'edge', instanceId: '001', hostname: 'h', domain: 'd' },
  };
  const dispatcher: Dispatcher = {
    kindOf: () => 'query',
    async call(name: string, input: unknown, { actor }: Call) {
      calls.push({ name, input, actor });
      if (answers[name] === undefined) throw new ConsoleError('no_workspace');
      return answers[name];
    },
    async *open(name) {
      if (name !== 'operations.watch') throw new ConsoleError('no_workspace');
      yield { type: 'operation', operation: operationIn('running') };
      await new Promise((resolve) => setTimeout(resolve, 20));
      yield { type: 'operation', operation: operationIn(end) };
    },
  };
  return { dispatcher, calls };
}

async function run(
  argv: readonly string[],
  terminal: TestTerminal = createTestTerminal(),
  core: Small = createSmallCore(),
  signal: AbortSignal = new AbortController().signal,
) {
  const shutdown = vi.fn(() => Promise.resolve());
  const code = await runCommandLine({
    register: registerAll,
    argv,
    terminal,
    rendererDir: '/nowhere',
    signal,
    openConsole: () =>
      Promise.resolve({
        dispatcher: core.dispatcher,
        actor: 'kim@desk',
        shutdown,
        infraRunning: () => Promise.resolve(false),
        stopInfra: () => Promise.resolve(),
      }),
  });
  const names = core.calls.map(({ name }) => name);
  return { code, out: terminal.out(), err: terminal.err(), names, calls: core.calls, shutdown };
}

describe('usage', () => {
  it('prints help and the exit codes, and ends with 0', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/124\s+the time given/);
  });

  it.each([
    [['bogus']],
    [['--bogus']],
    [['service', 'info']],
    [['--lang', 'xx', 'status']],
    [['web', '--port', '-1']],
  ])('%j ends with 2', async (argv) => {
    expect((await run(argv)).code).toBe(2);
  });

  it('speaks Korean when asked by flag or environment', async () => {
    expect((await run(['--lang', 'ko', '--help'])).out).toContain('종료 코드');
    const terminal = createTestTerminal('closed', { BOOTROOT_LANG: 'ko' });
    expect((await run(['--help'], terminal)).out).toContain('종료 코드');
  });

  it('answers an error as one JSON document', async () => {
    const { code, out } = await run(['status', '--json']);
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ ok: false, error: { code: 'no_workspace' } });
  });
});

describe('an operation', () => {
  it('is planned, shown, started as planned, watched and reported; the core is closed', async () => {
    const { code, calls, err, out, shutdown } = await run(['infra', 'up', '--yes']);
    expect(code).toBe(0);
    expect(calls.map(({ name }) => name)).toEqual(['operations.plan', 'operations.start', 'openbao.status']);
    expect(calls[1]).toMatchObject({ input: { digest: 'd1', secrets: {} }, actor: 'kim@desk (cli)' });
    expect(err).toContain('change state.json');
    expect(err).toContain('+b');
    expect(err).toContain('cannot be undone');
    expect(out).toContain('proved');
    expect(shutdown).toHaveBeenCalledOnce();
  });

  it('with --json says exactly one document on standard output', async () => {
    const { out } = await run(['infra', 'up', '--yes', '--json']);
    expect(JSON.parse(out)).toMatchObject({ ok: true, operation: { id: 'op1', state: 'done' } });
  });

  it('with --dry-run shows the plan and starts nothing', async () => {
    const { code, names, out } = await run(['infra', 'up', '--dry-run', '--json']);
    expect(code).toBe(0);
    expect(names).toEqual(['operations.plan']);
    expect(JSON.parse(out)).toMatchObject({ plan: { digest: 'd1' } });
  });

  it('fails at once when input is closed, and starts nothing', async () => {
    const { code, names, err } = await run(['infra', 'up']);
    expect(code).toBe(1);
    expect(names).toEqual(['operations.plan']);
    expect(err).toContain('no terminal to ask at');
  });

  it('takes no answer from a pipe', async () => {
    const terminal = createTestTerminal('closed');
    const pipe = Object.assign(new PassThrough(), { isTTY: false });
    pipe.write('yes\n');
    const { code, names } = await run(['infra', 'up'], { ...terminal, stdin: pipe });
    expect(code).toBe(1);
    expect(names).toEqual(['operations.plan']);
  });

  it('fails when input ends at the question', async () => {
    const { code, names } = await run(['infra', 'up'], createTestTerminal([]));
    expect(code).toBe(1);
    expect(names).toEqual(['operations.plan']);
  });

  it('is confirmed by yes and by nothing else', async () => {
    expect((await run(['infra', 'up'], createTestTerminal(['yes']))).code).toBe(0);
    for (const answer of ['', 'y', 'no', 'Yes']) {
      const { code, names } = await run(['infra', 'up'], createTestTerminal([answer]));
      expect(code).toBe(3);
      expect(names).toEqual(['operations.plan']);
    }
  });

  it('wants the typed word where the plan says so', async () => {
    const plan = { confirm: { verb: title, typed: 'edge-proxy' } };
    expect((await run(['infra', 'up'], createTestTerminal(['yes']), createSmallCore(plan))).code).toBe(3);
    const typed = await run(['infra', 'up'], createTestTerminal(['edge-proxy']), createSmallCore(plan));
    expect(typed.calls[1]?.input).toMatchObject({ typed: 'edge-proxy' });
  });

  it('is refused when a precondition is not met', async () => {
    const core = createSmallCore({ preconditions: [{ id: 'p', title, met: false }] });
    const { code, names } = await run(['infra', 'up', '--yes'], createTestTerminal(), core);
    expect(code).toBe(3);
    expect(names).toEqual(['operations.plan']);
  });

  it.each([
    ['pending', 4],
    ['cancelled', 5],
    ['failed', 1],
    ['interrupted', 1],
  ] as const)('that ends %s answers %d', async (state, expected) => {
    expect((await run(['infra', 'up', '-y'], createTestTerminal(), createSmallCore({}, state))).code).toBe(
      expected,
    );
  });

  it('is cancelled at its next safe point by a signal, and watched to the end', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 5);
    const core = createSmallCore({}, 'cancelled');
    const { code, names } = await run(['infra', 'up', '-y'], createTestTerminal(), core, controller.signal);
    expect(names).toContain('operations.cancel');
    expect(code).toBe(5);
  });
});

describe('a secret', () => {
  const plan = { secretInputs: [{ name: 'recovery-passphrase', label: title, minLength: 8, fresh: true }] };
  const secretsOf = (calls: Small['calls']): unknown =>
    (calls.find(({ name }) => name === 'operations.start')?.input as { secrets?: unknown } | undefined)
      ?.secrets;

  it('comes from the environment', async () => {
    const terminal = createTestTerminal('closed', { BOOTROOT_SECRET_RECOVERY_PASSPHRASE: 'correct horse' });
    const { calls } = await run(['infra', 'up', '-y'], terminal, createSmallCore(plan));
    expect(secretsOf(calls)).toEqual({ 'recovery-passphrase': 'correct horse' });
  });

  it('comes from a file that nobody else can read', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'cli-secret-'));
    const file = path.join(directory, 'secret');
    writeFileSync(file, 'correct horse\n', { mode: 0o600 });
    const argv = ['infra', 'up', '-y', '--secret-file', `recovery-passphrase=${file}`];
    const good = await run(argv, createTestTerminal(), createSmallCore(plan));
    chmodSync(file, 0o644);
    const open = await run(argv, createTestTerminal(), createSmallCore(plan));
    rmSync(directory, { recursive: true });
    expect(secretsOf(good.calls)).toEqual({ 'recovery-passphrase': 'correct horse' });
    expect(open.code).toBe(1);
    expect(secretsOf(open.calls)).toBeUndefined();
  });

  it('is asked for twice when it is new, and never shown', async () => {
    const terminal = createTestTerminal(['correct horse', 'correct horse']);
    const { calls, err, out } = await run(['infra', 'up', '-y'], terminal, createSmallCore(plan));
    expect(secretsOf(calls)).toEqual({ 'recovery-passphrase': 'correct horse' });
    expect(err + out).not.toContain('correct horse');
    const differs = await run(
      ['infra', 'up', '-y'],
      createTestTerminal(['correct horse', 'other horse']),
      createSmallCore(plan),
    );
    expect(differs.code).toBe(1);
    expect(secretsOf(differs.calls)).toBeUndefined();
  });

  it('that is too short or missing starts nothing', async () => {
    const short = createTestTerminal('closed', { BOOTROOT_SECRET_RECOVERY_PASSPHRASE: 'short' });
    expect(secretsOf((await run(['infra', 'up', '-y'], short, createSmallCore(plan))).calls)).toBeUndefined();
    const none = await run(['infra', 'up', '-y'], createTestTerminal(), createSmallCore(plan));
    expect(none.code).toBe(1);
    expect(secretsOf(none.calls)).toBeUndefined();
  });
});

describe('init', () => {
  it('lays flags over the defaults of this machine and opens nothing', async () => {
    const core = createSmallCore();
    const opened: unknown[] = [];
    const code = await runCommandLine({
      register: registerAll,
      argv: ['init', '--work-dir', '/tmp/ca', '--threshold', '3', '--ca-name', 'Lab CA', '--yes'],
      terminal: createTestTerminal(),
      rendererDir: '/nowhere',
      signal: new AbortController().signal,
      openConsole: (options) => {
        opened.push(options);
        return Promise.resolve({
          dispatcher: core.dispatcher,
          actor: 'kim@desk',
          shutdown: () => Promise.resolve(),
          infraRunning: () => Promise.resolve(false),
          stopInfra: () => Promise.resolve(),
        });
      },
    });
    expect(code).toBe(0);
    expect(opened).toEqual([{ host: 'cli' }]);
    expect(core.calls[0]).toMatchObject({ name: 'setup.defaults', input: { path: '/tmp/ca' } });
    expect(core.calls[1]).toMatchObject({
      name: 'operations.plan',
      input: { kind: 'setup.local', input: { openbao: { shares: 3, threshold: 3 }, ca: { name: 'Lab CA' } } },
    });
  });
});

describe('service add', () => {
  it('lays flags over the defaults of this installation', async () => {
    const argv = [
      'service',
      'add',
      '--service-name',
      'edge',
      '--instance-id',
      '7',
      '--cert-path',
      'c.crt',
      '-y',
    ];
    const { calls } = await run(argv);
    expect(calls[1]).toMatchObject({
      name: 'operations.plan',
      input: {
        kind: 'service.add',
        input: { serviceName: 'edge', instanceId: '7', hostname: 'h', certPath: 'c.crt' },
      },
    });
  });
});

describe('services in the words of the newer tools', () => {
  const planned = async (...argv: string[]): Promise<unknown> => {
    const { calls } = await run(['service', ...argv, '-y']);
    return calls.find(({ name }) => name === 'operations.plan')?.input;
  };

  it('add: credential, files and addresses', async () => {
    const flags = ['--secret-id-ttl', '12h', '--secret-id-path', 'x/secret_id', '--cert-group', '1500'];
    const agent = [
      '--agent-email',
      'ops@d',
      '--agent-server',
      'https://ca',
      '--agent-responder-url',
      'http://r',
    ];
    const cidrs = ['--rn-cidrs', '10.0.0.0/8, 192.0.2.7/32', '--rn-cidrs', 'fd00::/8'];
    expect(await planned('add', 'edge', ...flags, ...agent, ...cidrs, '--no-wrap')).toMatchObject({
      kind: 'service.add',
      input: {
        secretIdTtl: '12h',
        secretIdPath: 'x/secret_id',
        certGroupGid: 1500,
        boundCidrs: ['10.0.0.0/8', '192.0.2.7/32', 'fd00::/8'],
        agentEmail: 'ops@d',
        agentServer: 'https://ca',
        responderUrl: 'http://r',
      },
    });
    const remote = ['add', 'edge', '--delivery-mode', 'remote-bootstrap'];
    expect((await run(['service', ...remote, '--secret-id-path', 'x'])).code).toBe(2);
    expect((await run(['service', ...remote, '--cert-group', 'staff'])).code).toBe(2);
    expect((await run(['service', ...remote, '--no-wrap'])).code).toBe(2);
    expect((await run(['service', 'add', 'edge', '--cert-group', 'nobody-has-this-group'])).code).toBe(2);
  });

  it('update: what is named, and nothing is wrong usage', async () => {
    const words = ['--secret-id-ttl', 'inherit', '--secret-id-wrap-ttl', '10m', '--rn-cidrs', 'clear'];
    expect(await planned('update', '--registration-id', 'edge', ...words)).toEqual({
      kind: 'service.update',
      input: { id: 'edge', secretIdTtl: 'inherit', wrapTtl: '10m', boundCidrs: 'clear' },
    });
    expect((await run(['service', 'update', 'edge'])).code).toBe(2);
  });

  it('remove: with and without the flags that the tools need for a clean end', async () => {
    const input = { kind: 'service.remove', input: { id: 'edge' } };
    expect(await planned('remove', 'edge')).toEqual(input);
    expect(await planned('remove', '--service-name', 'edge', '--delete-artifacts', '--strip-config')).toEqual(
      input,
    );
  });
});

describe('output', () => {
  it('cannot steer the terminal', async () => {
    const core = createSmallCore({
      steps: [
        {
          id: 's',
          title,
          undoable: true,
          effects: [{ kind: 'file', path: 'a\u001b[2Jb', action: 'create' }],
        },
      ],
    });
    const { out } = await run(['infra', 'up', '--dry-run'], createTestTerminal(), core);
    expect(out).not.toContain('\u001b');
    expect(out).toContain('a\ufffd[2Jb');
  });
});
