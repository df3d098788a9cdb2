import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFile } from 'node:fs/promises';
import type { HostRow } from '../../shared/contract/hosts.ts';
import type { CaKeyBoard } from '../../shared/contract/rotation-ca-key.ts';
import { readState, updateState } from '../../src-main/workspace/state.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { noEngine } from '../support/docker/daemon.ts';
import { long } from '../support/long.ts';
import { findings, grace, handshakesOf, leafOf, leavesServed, type Excuse } from './handshakes.ts';
import {
  clockEnvironment,
  hourMs,
  hours,
  letIn,
  put,
  setClock,
  startMesh,
  startService,
  startWorld,
  type ServiceHost,
  type World,
} from './world.ts';

let world: World;
let edge1: ServiceHost;
let edge2: ServiceHost;
let edge3: ServiceHost;
const excuses: Excuse[] = [];
/** From when on every handshake counts. */
let begun = 0;

/** The fleet as the console sees it once it has fetched the reports. */
async function fleet(): Promise<ReadonlyMap<string, HostRow>> {
  await world.must(['service', 'sync-status']);
  const { items } = JSON.parse(await world.must(['service', 'hosts', '--json'])) as { items: HostRow[] };
  return new Map(items.map((row) => [row.id, row]));
}
/** Looks again and again until it is so; fails with what was seen last. */
async function until<T>(
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  patience = 90_000,
): Promise<void> {
  const end = Date.now() + patience;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return;
    if (Date.now() > end) throw new Error(`not so in time: ${JSON.stringify(seen)?.slice(-2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
const states = async (): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries([...(await fleet())].map(([id, { state }]) => [id, state]));
const untilApplied = (services = world.services): Promise<void> =>
  until(states, (seen) => services.every(({ id }) => seen[id] === 'applied'), 120_000);

const artifact = ({ id }: ServiceHost): Promise<string> =>
  readFile(world.paths.bootstrapArtifact(id), 'utf8');
/** By hand, as the page for the host's administrator says: one file, one command. */
async function handOver(service: ServiceHost): Promise<void> {
  const page = JSON.parse(await world.must(['service', 'handover', service.id, '--json'])) as {
    artifactTarget: string;
    command: string;
  };
  await put(service.host, page.artifactTarget, await artifact(service), '600');
  await service.host.must(['sh', '-c', page.command]);
}
const check = async ({ host, directory }: ServiceHost, before: readonly string[] = []) => {
  const words = ['bootroot-console', 'remote', 'check', '--artifact', `${directory}/bootstrap.json`];
  const { stdout } = await host.exec(['env', ...before, ...words, '--output', 'json']);
  const { findings: all } = JSON.parse(stdout) as {
    findings: { check: string; state: string; fix?: string }[];
  };
  return all;
};
const serialOf = async (service: ServiceHost): Promise<string> => (await leafOf(service)).leaf.serialNumber;
const journal = ({ host, agentUnit }: ServiceHost): Promise<string> =>
  host.must(['journalctl', '-u', agentUnit, '-o', 'cat', '--no-pager']);

/** What happens to one host while its handshakes may fail; ends once they work again. */
async function excused(service: ServiceHost, work: () => Promise<void>): Promise<void> {
  const excuse: Excuse = { id: service.id, from: Date.now() - grace, to: Infinity };
  excuses.push(excuse);
  await work();
  const since = Date.now();
  const works = async (): Promise<boolean> => {
    // Not with one that is still broken by another test.
    const broken = excuses.filter((one) => one !== excuse && one.to === Infinity).map(({ id }) => id);
    const recent = (await handshakesOf(world.services)).filter(
      ({ at, from, to }) =>
        at > since &&
        (from === service.id || to === service.id) &&
        !broken.includes(from) &&
        !broken.includes(to),
    );
    return recent.length >= 6 && recent.slice(-6).every(({ ok }) => ok);
  };
  await until(works, (yes) => yes);
  excuse.to = Date.now() + 1_000;
}

/** kill -9 in the middle of the set and around it: the pair always matches, and the next start ends the work. */
async function killedAtWrites(): Promise<void> {
  const { host, id, agentUnit } = edge1;
  // The bundle is not among them: a certificate of the same CA leaves it as it is.
  const writes = [`${id}.key`, `${id}.crt`, ...(long ? [`bootroot-agent-state-${id}.json`] : [])];
  const dropIn = `/etc/systemd/system/${agentUnit}.d/fault.conf`;
  const restart = async (fault: string): Promise<void> => {
    const lines = fault === '' ? '' : `Environment=BOOTROOT_CONSOLE_TEST=1 BOOTROOT_CONSOLE_FAULT=${fault}\n`;
    await put(host, dropIn, `[Service]\nRestart=always\nRestartSec=100ms\n${lines}`);
    await host.must(['sh', '-c', `systemctl daemon-reload && systemctl restart ${agentUnit}`]);
  };
  const killed = async (): Promise<number> =>
    Number(await host.must(['systemctl', 'show', '-P', 'NRestarts', agentUnit]));
  for (const write of writes)
    for (const moment of long ? ['before', 'after'] : [write.endsWith('.key') ? 'after' : 'before']) {
      const before = await serialOf(edge1);
      await restart(`${write}:${moment}:file`);
      await world.must(['rotate', 'force-reissue', id], 4);
      await until(killed, (times) => times > 0);
      await restart('');
      await until(
        () => serialOf(edge1),
        (serial) => serial !== before,
      );
      await until(
        async () => (await leafOf(edge1)).pairs,
        (yes) => yes,
        20_000,
      );
    }
  await untilApplied([edge1]);
}

describeUnless(noEngine(), 'several hosts', () => {
  beforeAll(async () => {
    world = await startWorld();
    [edge1, edge2, edge3] = world.services as [ServiceHost, ServiceHost, ServiceHost];
  }, 600_000);
  afterAll(() => world?.stop());

  test('services of three hosts are onboarded: one over SSH, two by a file and a command', async () => {
    for (const { id, host } of world.services)
      await world.must([
        ...['service', 'add', id, '--delivery-mode', 'remote-bootstrap', '--hostname', host.name],
        ...['--instance-id', '001', '--agent-server', 'https://ca:9000/acme/acme/directory'],
        ...['--agent-responder-url', 'https://ca:8080'],
      ]);
    const carry = ['service', 'carry', edge1.id, '--to', `ops@${edge1.host.name}`];
    // Nobody has compared its host key yet: refused, and nothing of it is sent.
    const unknown = await world.cli(carry);
    expect([unknown.code, unknown.stderr + unknown.stdout]).toEqual([
      3,
      expect.stringContaining('is not known here') as string,
    ]);
    expect((await edge1.host.exec(['ls', `${edge1.directory}/bootstrap.json`])).code).not.toBe(0);
    await letIn(world.ca, edge1.host, 'ops');
    const carried = await world.must([...carry, '--json']);
    expect(JSON.parse(carried.trim().split('\n').at(-1) ?? '')).toMatchObject({
      operation: { state: 'done', proofs: [{ outcome: 'proved' }, { outcome: 'proved' }] },
    });
    for (const secret of ['wrap_token', 'role_id'] as const) {
      const { [secret]: value } = JSON.parse(await artifact(edge1)) as Record<string, string>;
      expect(carried).not.toContain(value);
    }
    await Promise.all([handOver(edge2), handOver(edge3)]);
    for (const service of world.services) {
      const all = await check(service);
      expect(
        all.filter(({ state }) => state === 'failed'),
        service.id,
      ).toEqual([]);
    }
  });

  test('their agents get certificates of a day and they talk mutual TLS', async () => {
    await Promise.all(world.services.map((service) => startService(world, service, service === edge2)));
    await Promise.all(
      world.services.map(async (service) => {
        const there = async (): Promise<number> =>
          (await service.host.exec(['test', '-f', `${service.directory}/certs/${service.id}.crt`])).code;
        await until(there, (code) => code === 0);
        await startMesh(world.services, service);
      }),
    );
    const talking = async (): Promise<number> =>
      new Set(
        (await handshakesOf(world.services)).filter(({ ok }) => ok).map(({ from, to }) => `${from} ${to}`),
      ).size;
    await until(talking, (pairs) => pairs === 6);
    begun = Date.now();
    await untilApplied();
    const rows = await fleet();
    for (const { id } of world.services)
      expect(Number(rows.get(id)?.notAfter) - Date.now(), id).toBeLessThan(hours(25));
  });

  test('everything is rotated while they talk', async () => {
    // 4: remote hosts have yet to follow.
    const rotations: readonly (readonly [readonly string[], number])[] = [
      [['approle-secret-id', '--all-services'], 4],
      [['trust-sync'], 4],
      [['responder-hmac'], 4],
      [['force-reissue', '--all-services'], 4],
      [['stepca-password'], 0],
      [['db'], 0],
      [['infra-tls'], 0],
      [['console-credentials'], 0],
    ];
    for (let round = 0; round < (long ? 2 : 1); round += 1) {
      for (const [words, code] of rotations) await world.must(['rotate', ...words], code);
      await untilApplied();
    }
  });

  // The second change finds hosts that the first one has left behind as it leaves them: the intermediate alone, after both keys.
  test.each(['--full', ''])('the CA key is swapped by phases while they talk (%s)', async (mode) => {
    const words = ['rotate', 'ca-key', ...(mode === '' ? [] : [mode])];
    const board = async (): Promise<CaKeyBoard> =>
      (JSON.parse(await world.must(['rotate', 'ca-key', 'status', '--json'])) as { board: CaKeyBoard }).board;
    const before = await world.ca.must(['cat', '/srv/bootroot/secrets/certs/intermediate_ca.crt']);
    await world.must(words, 4);
    let last = await board();
    for (
      const end = Date.now() + (long ? 480_000 : 240_000);
      last.stage !== 'idle' && Date.now() < end;
      last = await board()
    ) {
      await world.must(['service', 'sync-status']);
      if (
        last.stage === 'reissued' &&
        last.rows.some(({ service, green }) => service.startsWith('server:') && !green)
      )
        await world.must(['rotate', 'infra-tls']);
      const { code, stdout, stderr } = await world.cli([...words, '--cleanup']);
      expect([0, 4], `${stdout}\n${stderr}`).toContain(code);
    }
    const behind = last.rows.filter(({ green }) => !green);
    expect(last.stage, JSON.stringify(behind)).toBe('idle');
    expect(await world.ca.must(['cat', '/srv/bootroot/secrets/certs/intermediate_ca.crt'])).not.toBe(before);
    await untilApplied();
    const anchor = await world.ca.must(['cat', '/srv/bootroot/secrets/certs/root_ca.crt']);
    for (const { host, directory } of world.services)
      expect(await host.must(['cat', `${directory}/certs/ca-bundle.pem`])).toContain(anchor.trim());
  });

  test.concurrent(
    'a full disk, and an agent killed at a write, leave a certificate and a key that match; then the next one comes',
    async () => {
      const { host, directory } = edge1;
      const before = await serialOf(edge1);
      await host.exec(['sh', '-c', `cat /dev/zero > ${directory}/filled; true`]);
      const lines = (await journal(edge1)).length;
      await world.must(['rotate', 'force-reissue', edge1.id], 4);
      await until(
        async () => (await journal(edge1)).slice(lines),
        (text) => text.includes('disk_full'),
      );
      expect(await leafOf(edge1)).toMatchObject({ pairs: true });
      expect(await serialOf(edge1)).toBe(before);
      await host.must(['rm', `${directory}/filled`]);
      const lastLines = async (): Promise<string> => (await journal(edge1)).slice(-1_500);
      await until(
        async () => `${await serialOf(edge1)} ${await lastLines()}`,
        (seen) => !seen.startsWith(before),
        // The agent waits longer with every try, up to a minute, and then for its next poll.
        180_000,
      );
      expect(await leafOf(edge1)).toMatchObject({ pairs: true });
      await killedAtWrites();
    },
  );

  test.concurrent(
    'a host that was off for longer than its secret_id lived is brought back in three steps',
    async () => {
      const lives = 20;
      await updateState(
        world.paths.state,
        (draft) => {
          const entry = draft.services?.[edge3.id];
          if (entry !== undefined) entry.approle.secret_id_ttl = `${String(lives)}s`;
        },
        { holder: 'test' },
      );
      await world.must(['rotate', 'approle-secret-id', edge3.id], 4);
      await untilApplied([edge3]);
      await excused(edge3, async () => {
        await world.cut(edge3.host, true);
        // As the schedule of every day does; the host does not hear of it.
        await world.must(['rotate', 'approle-secret-id', edge3.id], 4);
        const state = async (): Promise<unknown> => (await fleet()).get(edge3.id)?.state;
        await until(state, (now) => now === 'expired');
        await world.cut(edge3.host, false);
        const words = [
          'bootroot-console',
          'remote',
          'sync',
          '--artifact',
          `${edge3.directory}/bootstrap.json`,
        ];
        const lapsed = await edge3.host.exec(words);
        expect([lapsed.code, lapsed.stderr]).toEqual([
          1,
          expect.stringContaining('does not accept this host any more') as string,
        ]);
        await updateState(
          world.paths.state,
          (draft) => {
            const entry = draft.services?.[edge3.id];
            if (entry !== undefined) entry.approle.secret_id_ttl = null;
          },
          { holder: 'test' },
        );
        // One: a new hand-over. Two: the file and the command on the host. Three: it is seen as applied.
        await world.must(['service', 'add', edge3.id, '--delivery-mode', 'remote-bootstrap']);
        await handOver(edge3);
        await untilApplied([edge3]);
      });
      expect((await readState(world.paths.state)).services?.[edge3.id]?.sync_status?.secret_id).toBe(
        'applied',
      );
    },
  );

  test.concurrent(
    'a clock that is wrong is named with what mends it; once right, everything goes on',
    async () => {
      await excused(edge2, async () => {
        await setClock(edge2.host, '+900');
        const all = await check(edge2, clockEnvironment);
        const clock = all.find((one) => one.check === 'clock');
        expect(clock, JSON.stringify(all)).toMatchObject({
          state: 'failed',
          fix: expect.stringMatching(/.+/) as string,
        });
        await setClock(edge2.host, '+0');
      });
      expect((await check(edge2, clockEnvironment)).filter(({ state }) => state === 'failed')).toEqual([]);
      await untilApplied([edge2]);
    },
  );

  test('in a day of theirs nobody was served an expired certificate and no handshake failed that should not', async () => {
    const left = begun + hours(24) - Date.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    const all = (await handshakesOf(world.services)).filter(({ at }) => at >= begun);
    expect(findings(all, excuses).slice(0, 5)).toEqual([]);
    const served = leavesServed(all);
    const days = (Date.now() - begun) / hours(24);
    for (const { id } of world.services) expect(served.get(id), id).toBeGreaterThanOrEqual(3);
    console.log(
      `${String(all.length)} handshakes in ${days.toFixed(1)} days of ${String((24 * hourMs) / 1000)} s, ${[...served].map(([id, count]) => `${id} ${String(count)} certificates`).join(', ')}`,
    );
  }, 3_600_000);
});
