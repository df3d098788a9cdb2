import { chmod, chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAsTools } from '../../test/support/contract/read.ts';
import { testPki } from '../../test/support/pki.ts';
import { Agent } from './agent.ts';
import { readAgentConfig } from './config.ts';
import { applyItem } from './item-apply.ts';
import { OpenBaoAccess } from './openbao-access.ts';

// As the tools leave them: bare, 36 bytes.
const before = '0f6a1c2e-93b7-4d58-8f0e-5a7c31d2e649';
const after = 'b84d07f1-2c66-49aa-9e13-70fd5b8e21c3';
const root = process.getuid?.() === 0;

let directory: string;
const file = (name: string): string => join(directory, name);
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'credential-golden-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Owner, group and mode. */
async function ownership(name: string): Promise<readonly number[]> {
  const { uid, gid, mode } = await stat(file(name));
  return [uid, gid, mode & 0o777];
}

async function agentOf(pins: readonly string[]): Promise<Agent> {
  await writeFile(
    file('agent.toml'),
    `[acme]
http_responder_hmac = "hmac"
[trust]
ca_bundle_path = "${file('ca-bundle.pem')}"
trusted_ca_sha256 = ${JSON.stringify(pins)}
[openbao]
url = "http://127.0.0.1:1"
role_id_path = "${file('role_id')}"
secret_id_path = "${file('secret_id')}"
state_path = "${file('state.json')}"
[[profiles]]
registration_id = "edge"
service_name = "edge"
instance_id = "001"
hostname = "node"
[profiles.paths]
cert = "${file('edge.crt')}"
key = "${file('edge.key')}"
`,
  );
  const source = { path: file('agent.toml'), flags: {}, environment: {} };
  const deps = { source, log: () => undefined, now: Date.now, random: Math.random, sleep: async () => {} };
  return new Agent(await readAgentConfig(source), deps, () => undefined);
}

async function apply(agent: Agent, item: 'secret_id' | 'trust', data: object): Promise<string> {
  const { openbao } = agent.config;
  if (openbao === undefined) throw new Error('no [openbao]');
  const access = OpenBaoAccess.open(openbao, undefined, Date.now, new AbortController().signal);
  access.accepts = async () => true;
  return applyItem(item, data, agent, openbao, access);
}

describe('secret_id', () => {
  it.each([
    ['as the tools wrote it', before],
    ['with the line feed of an editor', `${before}\n`],
  ])(
    '%s is read without it, and what is put in its place is bare, with its owner and mode',
    async (_how, text) => {
      await writeFile(file('role_id'), text);
      await writeFile(file('secret_id'), text);
      await chmod(file('secret_id'), 0o640);
      if (root) await chown(file('secret_id'), 4321, 4322);
      const owner = await ownership('secret_id');
      const agent = await agentOf(['a'.repeat(64)]);
      // The same value is no change, whatever follows it.
      const old = await stat(file('secret_id'));
      expect(await apply(agent, 'secret_id', { secret_id: before })).toBe('applied');
      expect((await stat(file('secret_id'))).ino).toBe(old.ino);

      expect(await apply(agent, 'secret_id', { secret_id: after })).toBe('applied');
      expect(readAsTools('credential', 'newer', await readFile(file('secret_id'), 'utf8'))).toBe(after);
      expect(await ownership('secret_id')).toEqual(owner);
      expect(await readFile(file('role_id'), 'utf8')).toBe(text);
    },
  );

  it('that was not there is for its owner alone', async () => {
    await writeFile(file('role_id'), before);
    expect(await apply(await agentOf(['a'.repeat(64)]), 'secret_id', { secret_id: after })).toBe('applied');
    expect((await ownership('secret_id'))[2]).toBe(0o600);
  });
});

describe('the trust bundle', () => {
  it.each([
    ['0600 and the intermediate alone, as the older agent leaves it', 0o600, false],
    ['0644 and for a group, as the newer agent leaves it', 0o644, true],
  ])('%s: keeps owner and mode, and holds what is pinned, each line ended', async (_how, mode, whole) => {
    const pki = await testPki();
    const next = await testPki('Next');
    // A certificate without a line feed at its end, as many a tool writes the last one.
    const text = whole ? `${pki.root.pem}${pki.intermediate.pem}` : pki.intermediate.pem.trimEnd();
    await writeFile(file('ca-bundle.pem'), text);
    await chmod(file('ca-bundle.pem'), mode);
    if (root) await chown(file('ca-bundle.pem'), 4321, 4322);
    const owner = await ownership('ca-bundle.pem');
    const agent = await agentOf([pki.root.sha256, pki.intermediate.sha256]);
    const pins = [next.root.sha256, next.intermediate.sha256, pki.intermediate.sha256];
    const bundle = `${next.root.pem}${next.intermediate.pem}${pki.intermediate.pem}`;
    expect(await apply(agent, 'trust', { trusted_ca_sha256: pins, ca_bundle_pem: bundle })).toBe('applied');
    const held = readAsTools('bundle', 'newer', await readFile(file('ca-bundle.pem'), 'utf8')) as string[];
    expect(held.sort()).toEqual([...pins].sort());
    expect(await ownership('ca-bundle.pem')).toEqual(owner);
  });
});
