import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fc, test as property } from '@fast-check/vitest';
import { parse } from '@decimalturn/toml-patch';
import { describe, expect, it } from 'vitest';
import {
  agentGeneration,
  editAgentConfig,
  removeAgentProfile,
  renderAgentProfile,
  type AgentProfile,
  type AgentSettings,
} from './agent-config.ts';
import { isConsoleError } from '../../shared/errors.ts';
import { managedBlocks, type MarkerPair } from './managed-block.ts';
import { parseToml } from './toml.ts';

const golden = (name: string): string => readFileSync(join('src-main/workspace/golden', name), 'utf8');
const path = '/srv/agent.toml';

const profile: AgentProfile = {
  registrationId: 'edge-proxy',
  serviceName: 'edge-proxy',
  instanceId: '001',
  hostname: 'edge-node-01',
  certPath: 'certs/edge-proxy.crt',
  keyPath: 'certs/edge-proxy.key',
};
const openbao = {
  url: 'https://127.0.0.1:8200',
  role_id_path: '/srv/secrets/services/edge-proxy/role_id',
  secret_id_path: '/srv/secrets/services/edge-proxy/secret_id',
  state_path: '/srv/bootroot-agent-state-edge-proxy.json',
};
const put = (text: string, settings: AgentSettings = {}, pair: MarkerPair = 'local', of = profile): string =>
  editAgentConfig(text, { profile: of, pair, settings }, path);

const block = `# BEGIN bootroot managed profile: edge-proxy
[[profiles]]
service_name = "edge-proxy"
registration_id = "edge-proxy"
instance_id = "001"
hostname = "edge-node-01"

[profiles.paths]
cert = "certs/edge-proxy.crt"
key = "certs/edge-proxy.key"
# END bootroot managed profile: edge-proxy
`;

describe('editAgentConfig', () => {
  it('changes exactly what was asked in a file full of an operator’s own things', () => {
    const edited = put(
      golden('operator-agent.toml'),
      {
        acme: { http_responder_hmac: 'fedcba9876543210', poll_interval_secs: 4 },
        trust: { trusted_ca_sha256: ['aa', 'cc'], verify_certificates: null },
        openbao,
      },
      'local',
      { ...profile, instanceId: '002', renewBefore: '16h' },
    );
    expect(edited).toBe(golden('operator-agent.expected.toml'));
  });

  it('does the same with CRLF', () => {
    const crlf = golden('operator-agent.toml').replaceAll('\n', '\r\n');
    const edited = put(crlf, { acme: { http_responder_hmac: 'n' }, trust: { verify_certificates: null } });
    expect(edited.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(edited).toContain('http_responder_hmac = "n"   # rotated 2026-03\r\n');
  });

  it('is idempotent', () => {
    const once = put(golden('operator-agent.toml'), { openbao });
    expect(put(once, { openbao })).toBe(once);
  });

  it('makes a new file that both generations load', () => {
    const text = put('', {
      top: { email: 'a@b', server: 'https://ca:9000/acme/acme/directory', domain: 'trusted.domain' },
      acme: { http_responder_url: 'http://127.0.0.1:8080', http_responder_hmac: 's' },
      trust: { ca_bundle_path: '/srv/certs/ca-bundle.pem', trusted_ca_sha256: ['aa'] },
      openbao,
    });
    const config = parseToml(text, path);
    expect(config).toMatchObject({
      email: 'a@b',
      acme: { http_responder_hmac: 's' },
      openbao: { state_path: openbao.state_path },
      profiles: [
        {
          service_name: 'edge-proxy',
          registration_id: 'edge-proxy',
          paths: { cert: 'certs/edge-proxy.crt' },
        },
      ],
    });
    expect(config['trust']).toEqual({
      ca_bundle_path: '/srv/certs/ca-bundle.pem',
      trusted_ca_sha256: ['aa'],
    });
    expect(text.endsWith(block)).toBe(true);
    expect(agentGeneration(config)).toBe('newer');
  });

  it('appends its block to a file without a line break at the end', () => {
    expect(put('email = "x"')).toBe(`email = "x"\n\n${block}`);
    expect(put('')).toBe(block);
    expect(put('# only a comment\n')).toBe(`# only a comment\n\n${block}`);
  });

  it('turns a block with the other markers into this one, in place', () => {
    const remote = put('a = 1\n', {}, 'remote') + '\n[retry]\nbackoff_secs = [1]\n';
    expect(remote).toContain('# BEGIN BOOTROOT REMOTE PROFILE edge-proxy\n');
    const local = put(remote);
    expect(local).toBe(`a = 1\n\n${block}\n[retry]\nbackoff_secs = [1]\n`);
    expect(put(local, {}, 'remote')).toBe(remote);
  });

  it('gives back to its table a key that another tool has put behind the begin marker', () => {
    const text = `[acme]\npoll_attempts = 3\n${block.replace('edge-proxy\n[[', 'edge-proxy\nhttp_responder_hmac = "s"\n[[')}`;
    const edited = put(text);
    expect(edited).toBe(`[acme]\npoll_attempts = 3\nhttp_responder_hmac = "s"\n${block}`);
    expect(removeAgentProfile(edited, 'edge-proxy', path)).toBe(
      '[acme]\npoll_attempts = 3\nhttp_responder_hmac = "s"\n',
    );
  });

  it('keeps what the operator wrote inside the block', () => {
    const own = block.replace('[profiles.paths]', '# ours\ncert_group_gid = 990\n\n[profiles.paths] # here');
    const edited = put(own, {}, 'local', { ...profile, hostname: 'edge-node-02' });
    expect(edited).toBe(own.replace('edge-node-01', 'edge-node-02'));
  });

  it('refuses a file of another service, and a profile outside markers', () => {
    const other = block.replaceAll('edge-proxy', 'web-app');
    expect(() => put(other)).toThrow(/agent_file_taken/);
    expect(() => put('[[profiles]]\nservice_name = "edge-proxy"\n')).toThrow(/agent_profile_unmanaged/);
    expect(() => put('profiles = [{ service_name = "edge-proxy" }]\n')).toThrow(/agent_profile_unmanaged/);
    expect(() => put(`${block}[[profiles]]\nservice_name = "x"\n`)).toThrow(/agent_profile_unmanaged/);
  });

  it('still serves an older file that several services share, but gives it no credential', () => {
    const shared = block + block.replaceAll('edge-proxy', 'web-app');
    expect(put(shared, {}, 'local', { ...profile, instanceId: '7' })).toBe(shared.replace('"001"', '"7"'));
    expect(() => put(shared, { openbao })).toThrow(/agent_file_taken/);
  });

  it('refuses broken markers, relative credential paths and malformed text', () => {
    expect(() => put(block.replace(/# END.*\n/, ''))).toThrow(/managed_block_broken/);
    expect(() => put(block + block.replace('[[profiles]]', '[[profiles]]'))).toThrow(/managed_block_broken/);
    expect(() => put('', { openbao: { ...openbao, state_path: 'state.json' } })).toThrow(/path_not_absolute/);
    expect(() => put('[acme')).toThrow(/toml_malformed/);
  });

  it('takes markers inside a string for text', () => {
    const text = `note = """\n${block}"""\n`;
    expect(put(text)).toBe(`${text}\n${block}`);
  });

  it('replaces hooks only when they differ', () => {
    const hooks = {
      success: [{ command: 'systemctl', args: ['reload', 'nginx'], on_failure: 'stop' as const }],
    };
    const text = put('', {}, 'local', { ...profile, postRenew: hooks });
    expect(parse(text)).toMatchObject({ profiles: [{ hooks: { post_renew: hooks } }] });
    expect(put(text, {}, 'local', { ...profile, postRenew: hooks })).toBe(text);
    const other = { success: [{ command: 'true', args: [] }] };
    expect(parse(put(text, {}, 'local', { ...profile, postRenew: other }))).toMatchObject({
      profiles: [{ hooks: { post_renew: other } }],
    });
    const asTables = golden('operator-agent.toml');
    const edited = put(asTables, {}, 'local', { ...profile, postRenew: other });
    expect(parse(edited)).toMatchObject({ profiles: [{ hooks: { post_renew: other } }] });
    expect(edited).toContain('# reload, do not restart\n');
  });
});

describe('removeAgentProfile', () => {
  it('leaves everything that is not the profile', () => {
    const removed = removeAgentProfile(golden('operator-agent.toml'), 'edge-proxy', path);
    const { profiles, ...rest } = parse(golden('operator-agent.toml')) as Record<string, unknown>;
    expect(profiles).toBeDefined();
    expect(parse(removed)).toEqual(rest);
    expect(removed).toContain('# --- end of file, appended by puppet ---');
    expect(managedBlocks(removed, path)).toEqual([]);
  });

  it('leaves a file without the block as it is', () => {
    expect(removeAgentProfile(block, 'other', path)).toBe(block);
  });
});

describe('renderAgentProfile', () => {
  it('writes strings that need escapes', () => {
    const text = renderAgentProfile({ ...profile, certPath: '/srv/a "b"\\c/한.crt' });
    expect(parse(text)).toMatchObject({ profiles: [{ paths: { cert: '/srv/a "b"\\c/한.crt' } }] });
  });
});

describe('any file around the block', () => {
  const line = fc.oneof(
    fc.stringMatching(/^# [ -~]{0,12}$/),
    fc.constantFrom(
      '',
      '[retry]',
      '[scheduler]',
      '[acme]',
      '[trust]',
      'k = 1 # x',
      'l = """\n[x]\n"""',
      'm = [\n 1, # one\n]',
    ),
  );
  property.prop([fc.array(line, { maxLength: 8 }), fc.array(line, { maxLength: 8 }), fc.boolean()], {
    numRuns: 400,
  })('stays byte for byte', (before, after, crlf) => {
    const newline = crlf ? '\r\n' : '\n';
    const head = before.map((text) => text + newline).join('');
    const tail = after.map((text) => text + newline).join('');
    const own = block.replaceAll('\n', newline);
    // A key right behind the end marker is the profile's in TOML: such a file is refused, and so are malformed ones.
    try {
      const alone = JSON.stringify(parseToml(own, path)['profiles']);
      fc.pre(JSON.stringify(parseToml(head + own + tail, path)['profiles']) === alone);
    } catch (error) {
      if (isConsoleError(error, 'toml_malformed')) return;
      throw error;
    }
    const edited = put(head + own + tail, {}, 'remote', { ...profile, instanceId: '9' });
    expect(edited.startsWith(head)).toBe(true);
    expect(edited.endsWith(tail)).toBe(true);
    expect(edited).toBe(
      head +
        own.replaceAll('bootroot managed profile: ', 'BOOTROOT REMOTE PROFILE ').replace('"001"', '"9"') +
        tail,
    );
    expect(removeAgentProfile(edited, 'edge-proxy', path)).toBe(head + tail);
  });
});
