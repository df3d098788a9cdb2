import { cp, lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimPath } from '../../src-main/rotation/shared-claim.ts';
import { installation, type Answer, type InnerConsole, type Installation } from '../support/installation.ts';
import { RotationWorld, valueOf, type Rotated } from '../support/rotation-world.ts';
import { environmentOf, wordsOf } from './rotation/stage.ts';

/** Two consoles, each on a host with its own copy of the work directory, and one set of servers. */
let stack: Installation;
let inner: InnerConsole;
let world: RotationWorld;
let hold: string;

/** The other host: it has another name, and at the same path another directory. */
interface Host {
  readonly copy: string;
  readonly config: string;
}
/** Has no servers of its own. */
let far: Host;
/** Takes the servers for its own, as a copy of the whole directory does. */
let twin: Host;

const isRoot = process.getuid?.() === 0;
const alone = ['unshare', ...(isRoot ? [] : ['--map-root-user']), '--mount', '--uts', 'sh', '-c'];
const there = ({ copy }: Host, root: string): string[] => [
  ...alone,
  'hostname host-b && mount --rbind "$0" "$1" && shift && exec "$@"',
  copy,
  root,
];

async function copyOf(name: string, withServers: boolean): Promise<Host> {
  const { root } = stack.paths;
  const [copy, config] = [join(root, '..', name), join(root, '..', `${name}-config`)];
  const data = withServers ? ['local/openbao/data', 'local/postgres/data'] : ['local'];
  await cp(root, copy, {
    recursive: true,
    preserveTimestamps: true,
    async filter(from) {
      const found = await lstat(from);
      if (!found.isFile() && !found.isDirectory() && !found.isSymbolicLink()) return false;
      return !data.some((each) => from === join(root, each));
    },
  });
  await mkdir(config);
  return { copy, config };
}

const otherHost = (
  host: Host,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  stack.cli(
    [...words, '--json'],
    { ...environment, BOOTROOT_CONSOLE_CONFIG_DIR: host.config },
    { under: there(host, stack.paths.root) },
  );

beforeAll(async () => {
  stack = await installation();
  await stack.must(['service', 'add', 'edge']);
  const remote = ['--delivery-mode', 'remote-bootstrap', '--hostname', 'node-9'];
  await stack.must(['service', 'add', 'away', ...remote]);
  // Before this process opens the store: whoever closes another descriptor of it loses its locks.
  [far, twin] = [await copyOf('far', false), await copyOf('twin', true)];
  inner = await stack.open('cli');
  world = new RotationWorld(() => inner.console.required());
  hold = join(stack.paths.root, '..', 'hold');
});
afterAll(async () => {
  if (hold !== undefined) await rm(hold, { force: true });
  await stack?.stop();
});

/** What keeps the two apart is in OpenBao while one of them is at work. */
async function atWork(): Promise<unknown> {
  const claim = await inner.console.required().services.client().kv.read(claimPath);
  return claim?.data['kind'];
}

/** Starts a rotation here that stops before this step until the answer's second part is called. */
async function heldBefore(step: string, target: Rotated): Promise<[Promise<Answer>, () => Promise<void>]> {
  await writeFile(hold, '');
  const running = stack.cli([...wordsOf(target), '--json'], {
    ...environmentOf(target),
    BOOTROOT_CONSOLE_TEST: '1',
    BOOTROOT_CONSOLE_FAULT: `${step}:before:rotate.${target}`,
    BOOTROOT_CONSOLE_FAULT_HOLD: hold,
  });
  const begun = async (): Promise<string | undefined> => {
    const [newest] = await inner.console.required().engine.list(1);
    const mine = newest?.kind === `rotate.${target}` ? newest.steps : [];
    return mine.find(({ id }) => id === step)?.state;
  };
  const early = running.then(({ code, stdout, stderr }) => {
    throw new Error(`ended before ${step}: ${String(code)} ${stdout} ${stderr}`);
  });
  // Whoever waits for its end is told of it there.
  early.catch(() => undefined);
  await Promise.race([early, expect.poll(begun, { timeout: 30_000 }).toBe('running')]);
  return [running, () => rm(hold)];
}

/** What the remote host would fetch is what OpenBao takes from it. */
async function remoteLogsIn(): Promise<void> {
  const { services } = inner.console.required();
  const { kv, approle } = services.client();
  const secretId = (await kv.read('bootroot/services/away/secret_id'))?.data['secret_id'];
  const roleId = await approle.roleId('bootroot-service-away');
  const { token } = await services.openbao.login(roleId, String(secretId));
  await services.openbao.withToken(token).token.revokeSelf();
}

const ended = [0, 4];
/** The refusal names what is done on the other host. */
const elsewhere = (target: Rotated): unknown => expect.stringMatching(new RegExp(`rotate\\.${target}`));

describe('both at the same instant', () => {
  // Files of a service of this host are nobody's business elsewhere: only what all hosts read is rotated from both.
  test.each([
    { target: 'approle-secret-id', words: ['rotate', 'approle-secret-id', '--service-name', 'away'] },
    { target: 'trust-sync', words: ['rotate', 'trust-sync'] },
  ] as const)(
    '$target: each is done or refused by name, and what is live is whole',
    async ({ target, words }) => {
      for (let round = 1; round <= 3; round += 1) {
        const here = stack.cli([...words, '--json']);
        const answers = await Promise.all([here, otherHost(far, words)]);
        for (const { code, stdout } of answers)
          if (!ended.includes(code ?? -1)) expect([code, stdout]).toEqual([3, elsewhere(target)]);
        expect(answers.some(({ code }) => ended.includes(code ?? -1))).toBe(true);
        await world.whole();
        await remoteLogsIn();
        expect(await atWork()).toBeUndefined();
      }
    },
  );
});

describe('a rotation that begins while another host rotates', () => {
  test.each([
    { target: 'approle-secret-id', step: 'deliver', where: 'far' },
    { target: 'trust-sync', step: 'tell', where: 'far' },
    { target: 'force-reissue', step: 'reissue', where: 'twin' },
    { target: 'eab', step: 'publish', where: 'twin' },
    { target: 'responder-hmac', step: 'agents', where: 'twin' },
    { target: 'db', step: 'role', where: 'twin' },
    { target: 'stepca-password', step: 'swap', where: 'twin' },
    // The last: the other host's copy of the credential is refused from then on.
    { target: 'console-credentials', step: 'adopt', where: 'far' },
  ] as const)('$target: refused by name, and the first is done', async ({ target, step, where }) => {
    const before = await world.held();
    const [running, goOn] = await heldBefore(step, target);
    expect(await atWork()).toBe(`rotate.${target}`);
    const refused = await otherHost(where === 'far' ? far : twin, wordsOf(target), environmentOf(target));
    await goOn();
    const { code, stdout } = await running;
    expect([refused.code, refused.stdout]).toEqual([3, elsewhere(target)]);
    expect(ended, stdout).toContain(code);
    const after = await world.whole();
    if (target !== 'trust-sync') expect(valueOf(target, after)).not.toBe(valueOf(target, before));
    expect(await world.accepts(target, valueOf(target, before), after)).toBe(false);
    expect(await atWork()).toBeUndefined();
    if (target !== 'console-credentials') return;
    const late = await otherHost(far, wordsOf('approle-secret-id'));
    expect([late.code, late.stdout]).toEqual([3, expect.stringContaining('no session with OpenBao')]);
  });
});
