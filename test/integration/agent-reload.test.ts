import { existsSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../src-main/tls/certificates.ts';
import { agentWorld, nameOf, responderSecret, shellHook, type Written } from '../support/agent-world.ts';
import { freePort, startChild, untilReady, type TestChild } from '../support/child.ts';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts';

const world = agentWorld();
const { file, config, write, leaf } = world;

interface Line {
  readonly event: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly error?: { readonly code: string };
}

let child: TestChild;
let proxy: FaultProxy | undefined;
afterEach(async () => {
  await child?.stop();
  await proxy?.stop();
  proxy = undefined;
});

function start(...flags: string[]): void {
  const args = [resolve('dist/console.cjs'), 'agent', '--config', config(), ...flags];
  child = startChild(process.execPath, args, { cwd: dirname(config()) });
}
const lines = (event: string, instance?: string): readonly Line[] =>
  child
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => line.event === event)
    .filter(({ params }) => instance === undefined || params?.['name'] === nameOf(instance));
const until = (look: () => boolean | Promise<boolean>): Promise<void> =>
  untilReady(child, async () => look());
const looks = (instance: string): number =>
  ['current', 'renewed', 'failed'].reduce(
    (sum, outcome) => sum + lines(`agent.log.${outcome}`, instance).length,
    0,
  );

/** SIGHUP, until the agent has said what became of it. */
async function reload(): Promise<Line> {
  const said = (): readonly Line[] => [...lines('agent.log.reloaded'), ...lines('agent.log.reload_failed')];
  const before = said().length;
  const refused = lines('agent.log.reload_failed').length;
  child.process.kill('SIGHUP');
  await until(() => said().length > before);
  const event = lines('agent.log.reload_failed').length > refused ? 'reload_failed' : 'reloaded';
  return lines(`agent.log.${event}`).at(-1) as Line;
}

const daily = '[profiles.daemon]\ncheck_interval = "24h"\n';
const everySecond = '[profiles.daemon]\ncheck_interval = "1s"\n';
/** Already hardened: nothing of the file changes by itself. */
async function place(options: Written): Promise<void> {
  await write(options);
  const text = await readFile(config(), 'utf8');
  await writeFile(config(), text.replace('[trust]', '[trust]\nverify_certificates = true'));
}

describe('SIGHUP', () => {
  test('with one bad profile among good ones changes nothing of any, and is said in log and metrics', async () => {
    const port = await freePort();
    const metric = async (name: string): Promise<string | undefined> =>
      (await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text())
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1];
    await place({ instances: ['001', '002'], hook: daily });
    start('--metrics-addr', `127.0.0.1:${String(port)}`);
    await until(() => looks('001') + looks('002') === 2);
    const ok = 'bootroot_agent_config_last_reload_successful';
    expect(await metric(ok)).toBe('1');
    const inForce = lines('agent.log.config').at(-1)?.params?.['hash'];

    const bad = '[profiles.daemon]\ncheck_interval = "now and then"\n';
    const hooks = { '001': everySecond, '002': everySecond, '003': bad };
    await place({ instances: ['001', '002', '003'], hooks });
    expect(await reload()).toMatchObject({
      event: 'agent.log.reload_failed',
      params: { hash: inForce },
      error: { code: 'agent_config' },
    });
    expect([
      await metric(ok),
      await metric('bootroot_agent_profiles'),
      await metric('bootroot_agent_config_reloads_total{outcome="failed"}'),
    ]).toEqual(['0', '2', '1']);
    await sleep(2_000);
    expect([looks('001'), looks('002'), existsSync(file('certs/003.crt'))]).toEqual([1, 1, false]);

    await place({ instances: ['001', '002', '003'], hooks: { ...hooks, '003': daily } });
    expect((await reload()).params).toMatchObject({ added: 1, changed: 2, removed: 0, kept: 0 });
    await until(() => looks('003') === 1 && looks('001') > 1);
    expect([await metric(ok), await metric('bootroot_agent_profiles')]).toEqual(['1', '3']);
  });

  test('stops what was removed, starts what was added, and leaves the next check of the others where it was', async () => {
    await place({ instances: ['001', '002'], hooks: { '001': daily, '002': everySecond } });
    start();
    await until(() => looks('001') === 1 && looks('002') > 1);
    await place({ instances: ['001', '003'], hook: daily });
    expect((await reload()).params).toEqual({ added: 1, changed: 0, removed: 1, kept: 1 });
    await until(() => looks('003') === 1);
    const afterwards = looks('002');
    await sleep(2_500);
    expect([looks('001'), looks('002') - afterwards]).toEqual([1, 0]);
  });

  test('breaks off neither a hook nor an order of a profile that says the same', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((done) => (release = done));
    let held = 0;
    proxy = await startFaultProxy({ target: `http://${world.responder.adminAddress}` });
    const slow = shellHook(`echo begun >> ${file('ran')}; sleep 2; echo done >> ${file('ran')}`) + daily;
    const options = { responderUrl: proxy.url, hooks: { '001': slow, '002': daily, '003': daily } };
    await place({ ...options, instances: ['001'] });
    start();
    await until(() => existsSync(file('ran')));
    // The next that asks the responder is the second profile, whose order then waits.
    proxy.plan(() => ((held += 1) === 1 ? { kind: 'hold', until: released } : undefined));
    await place({ ...options, instances: ['001', '002'] });
    expect((await reload()).params).toMatchObject({ added: 1, kept: 1 });
    await until(() => held > 0);
    await place({ ...options, instances: ['001', '002', '003'] });
    expect((await reload()).params).toMatchObject({ added: 1, kept: 2 });
    await until(() => looks('003') === 1);
    release();
    await until(() => looks('001') === 1 && looks('002') === 1);
    expect(readFileSync(file('ran'), 'utf8')).toBe('begun\ndone\n');
    const begun = ['001', '002', '003'].map((instance) => lines('agent.log.renewing', instance).length);
    expect(begun).toEqual([1, 1, 1]);
    expect([looks('001'), looks('002'), looks('003')]).toEqual([1, 1, 1]);
  });

  test('ends the order of a profile that is gone: no certificate, no hook, no failure', async () => {
    proxy = await startFaultProxy({ target: `http://${world.responder.adminAddress}` });
    let posts = 0;
    proxy.plan(() => {
      posts += 1;
      return { kind: 'hang' };
    });
    const failure = `
[[profiles.hooks.post_renew.failure]]
command = "touch"
args = ["${file('failure')}"]
`;
    await place({ responderUrl: proxy.url, instances: ['001', '002'], hook: failure });
    start();
    await until(() => posts >= 2);
    proxy.plan(() => undefined);
    await place({ responderUrl: proxy.url, instances: ['001'], hook: failure });
    expect((await reload()).params).toEqual({ added: 0, changed: 0, removed: 1, kept: 1 });
    await until(() => looks('001') === 1);
    await child.stop();
    expect([looks('002'), existsSync(file('certs/002.crt')), existsSync(file('failure'))]).toEqual([
      0,
      false,
      false,
    ]);
    expect(child.process.exitCode).toBe(0);
  });

  test('looks at once at a set that somebody removed, as the bootroot tools ask for a new one, and at what failed', async () => {
    await place({ instances: ['001', '002'], hook: daily });
    start();
    await until(() => looks('001') === 1 && looks('002') === 1);
    const old = sha256(await leaf('002'));
    for (const end of ['crt', 'key']) await rm(file(`certs/002.${end}`));
    expect((await reload()).params).toMatchObject({ kept: 2 });
    await until(() => looks('002') === 2);
    expect([sha256(await leaf('002')) === old, looks('001')]).toEqual([false, 1]);
    await child.stop();

    await rm(file('certs/001.crt'));
    const broken = shellHook(`test -e ${file('works')}`, 'stop');
    await place({ instances: ['001'], hook: broken });
    start();
    await until(() => lines('agent.log.failed', '001').length === 1);
    await writeFile(file('works'), '');
    await reload();
    await until(() => lines('agent.log.renewed', '001').length === 1);
  });

  test('begins all anew where what they share has changed, with what the command line overrules (C27)', async () => {
    const hmac = 'not the secret';
    await place({ instances: ['001', '002'], hook: daily, hmac });
    start('--http-responder-hmac', responderSecret);
    await until(() => looks('001') === 1 && looks('002') === 1);
    await place({ instances: ['001', '002'], hook: daily, hmac, pins: [world.stepCa.pki.root.sha256] });
    expect((await reload()).params).toMatchObject({ changed: 2, kept: 0 });
    await until(() => looks('001') === 2 && looks('002') === 2);
    expect(child.output()).not.toContain(responderSecret);
  });
});
