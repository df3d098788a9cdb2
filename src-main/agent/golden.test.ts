import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAsTools } from '../../test/support/contract/read.ts';
import { editAgentConfig } from '../workspace/agent-config.ts';
import { readAgentConfig, type AgentConfig } from './config.ts';
import { Agent } from './agent.ts';
import { applyItem } from './item-apply.ts';
import { changeAgentState, readAgentState } from './state-file.ts';

const golden = (name: string): Promise<string> =>
  readFile(new URL(`golden/${name}`, import.meta.url), 'utf8');

let directory: string;
const file = (name: string): string => join(directory, name);
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agent-golden-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function agentOf(text: string): Promise<Agent> {
  await writeFile(file('agent.toml'), text);
  const source = { path: file('agent.toml'), flags: {}, environment: {} };
  const deps = { source, log: () => undefined, now: Date.now, random: Math.random, sleep: async () => {} };
  return new Agent(await readAgentConfig(source), deps, () => undefined);
}

/** Lines that are there before and not after, and the other way round. */
const difference = (before: string, after: string): { gone: string[]; come: string[] } => {
  const [old, now] = [before.split('\n'), after.split('\n')];
  return {
    gone: old.filter((line) => !now.includes(line)),
    come: now.filter((line) => !old.includes(line)),
  };
};

describe.each(['older', 'newer'] as const)('agent.toml of the %s generation', (generation) => {
  const read = (): Promise<string> => golden(`agent-${generation}.toml`);

  it('is read as the tools read it', async () => {
    const text = await read();
    const theirs = readAsTools('agent', generation, text) as {
      server: string;
      acme: Record<string, unknown>;
      trust: { trusted_ca_sha256: string[] };
      profiles: { paths: { cert: string }; instance_id: string; service_name: string; hostname: string }[];
    };
    const { config } = await agentOf(text);
    const [profile] = theirs.profiles;
    expect(config).toMatchObject({
      generation: generation === 'older' ? 'older' : 'newer',
      server: theirs.server,
      acme: theirs.acme['site_proxy'] === undefined ? theirs.acme : { poll_attempts: 15 },
      trust: { pins: theirs.trust.trusted_ca_sha256.map((pin) => pin.toLowerCase()) },
    } satisfies Partial<Record<keyof AgentConfig, unknown>>);
    expect(config.profiles[0]).toMatchObject({
      identity: `${String(profile?.instance_id)}.${String(profile?.service_name)}.${String(profile?.hostname)}.trusted.domain`,
      renewBeforeMs: (generation === 'older' ? 720 : 16) * 3_600_000,
    });
    expect(config.profiles[0]?.cert.endsWith(String(profile?.paths.cert))).toBe(true);
    expect(config.profiles[0]?.onSuccess).toHaveLength(1);
  });

  it('a new responder secret, new pins and the hardening change their lines and nothing else', async () => {
    const text = await read();
    const agent = await agentOf(text);
    await agent.edit({ acme: { http_responder_hmac: 'secret of after' } });
    const edited = await readFile(file('agent.toml'), 'utf8');
    expect(edited).toBe(text.replace('secret of before', 'secret of after'));
    await agent.edit({ trust: { trusted_ca_sha256: ['c'.repeat(64)] } });
    const pinned = await readFile(file('agent.toml'), 'utf8');
    expect(readAsTools('agent', generation, pinned)).toMatchObject({
      acme: { http_responder_hmac: 'secret of after' },
      trust: { trusted_ca_sha256: ['c'.repeat(64)] },
    });
    expect(difference(edited, pinned).gone.every((line) => /trusted_ca|[aAb]{64}|^\]$/.test(line))).toBe(
      true,
    );
    if (generation === 'newer') return;
    await agent.edit({ trust: { verify_certificates: true } });
    const hardened = await readFile(file('agent.toml'), 'utf8');
    expect(difference(pinned, hardened)).toEqual({ gone: [], come: ['verify_certificates = true'] });
    expect(readAsTools('agent', 'older', hardened)).toMatchObject({ site: { rack: 7 } });
    // And it is what the newer agent refuses.
    expect(() => readAsTools('agent', 'newer', hardened)).toThrow('verify_certificates');
  });

  it('what the console puts into it is loaded by both generations', async () => {
    const profile = {
      registrationId: generation === 'older' ? 'edge-proxy' : 'edge-a',
      serviceName: 'edge-proxy',
      instanceId: '102',
      hostname: 'edge-node-03',
      certPath: '/c.crt',
      keyPath: '/c.key',
      servedAt: 'localhost:443',
    };
    const pair = generation === 'older' ? ('local' as const) : ('remote' as const);
    const text = await read();
    const edited = editAgentConfig(text, { profile, pair }, 'agent.toml');
    for (const reader of ['older', 'newer'] as const)
      expect(readAsTools('agent', reader, edited)).toMatchObject({
        profiles: [{ registration_id: profile.registrationId, instance_id: '102' }],
      });
    for (const line of text.split('\n').filter((one) => one.includes('#')))
      expect(edited.split('\n')).toContain(line);
  });
});

describe('the state file of fast-poll', () => {
  it('of the newer agent is continued, and what is written is read by it; keys of a later release stay', async () => {
    const path = file('state.json');
    await writeFile(path, await golden('state-newer.json'), { mode: 0o640 });
    const before = await readAgentState(path);
    expect(before.pending_completion_writes['edge-a']).toMatchObject({ version: 4, requester: 'mina@desk' });
    expect(before.last_responder_hmac_seen_version).toEqual({});
    await changeAgentState(path, (state) => ({
      ...state,
      last_trust_seen_version: { 'edge-a': 8 },
      console_seen_created: { trust: { 'edge-a': '2026-11-24T00:00:00Z' } },
    }));
    const after = await readFile(path, 'utf8');
    expect(readAsTools('fast-poll', 'newer', after)).toMatchObject({
      last_trust_seen_version: { 'edge-a': 8 },
      last_secret_id_seen_version: { 'edge-a': 12 },
      in_flight_renewals: { 'edge-a': { version: 5 } },
      of_a_later_release: { 'edge-a': [1, 2] },
    });
  });

  it.each([
    ['absent', (text: string) => text.replace(/state_path.*\n/, ''), 'bootroot-agent-state-edge-a.json'],
    [
      'relative',
      (text: string) => text.replace(/state_path.*/, 'state_path = "run/state.json"'),
      'run/state.json',
    ],
  ])(
    '%s, which the newer agent refuses: beside agent.toml, wherever the agent is started',
    async (_how, change, path) => {
      const text = change(await golden('agent-newer.toml'));
      expect(() => readAsTools('agent', 'newer', text)).toThrow('state_path');
      expect((await agentOf(text)).config.openbao?.statePath).toBe(file(path));
    },
  );
});

describe('eab.json', () => {
  it.each([
    ['{"kid":"k-1","hmac":"aG1hYy1vZi1iZWZvcmU"}', { kid: 'k-1', hmac: 'aG1hYy1vZi1iZWZvcmU' }],
    ['{"kid":"k-1","key":"aG1hYy1vZi1iZWZvcmU"}', { kid: 'k-1', hmac: 'aG1hYy1vZi1iZWZvcmU' }],
    ['{"kid":"","hmac":""}', undefined],
  ])('%s as the tools wrote it; what is written over it is read by them', async (text, eab) => {
    await writeFile(file('eab.json'), text, { mode: 0o600 });
    await writeFile(file('agent.toml'), await golden('agent-newer.toml'));
    const source = { path: file('agent.toml'), flags: { eabFile: file('eab.json') }, environment: {} };
    const config = await readAgentConfig(source);
    expect(config.profiles[0]?.eab).toEqual(eab);
    const agent = {
      config,
      edit: async () => {},
      reload: async () => {},
      force: () => Promise.reject(new Error()),
    };
    const fresh = { kid: 'k-2', hmac: 'bmV3LWhtYWMtb2Ytbm93' };
    const { openbao } = config;
    if (openbao === undefined) throw new Error('no [openbao]');
    expect(await applyItem('eab', fresh, agent, openbao, undefined as never)).toBe('applied');
    expect(readAsTools('eab', 'newer', await readFile(file('eab.json'), 'utf8'))).toEqual(fresh);
  });
});
