import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAsTools } from '../../test/support/contract/read.ts';
import { newServiceEntry } from '../workspace/service-entry.ts';
import { isNewer, parseArtifact, renderArtifact, type NewerArtifact } from './artifact.ts';
import { remoteSettings } from './settings.ts';
import { parseSummary, renderSummary, summaryOf } from './summary.ts';
import { acknowledge } from './sync-state.ts';

const golden = (name: string): string => new URL(`golden/${name}`, import.meta.url).pathname;
const text = (name: string): Promise<string> => readFile(golden(name), 'utf8');
const newer = async (): Promise<NewerArtifact> => {
  const artifact = parseArtifact(await text('bootstrap-newer.json'), 'F');
  if (!isNewer(artifact)) throw new Error('not newer');
  return artifact;
};

describe('bootstrap.json', () => {
  test('of the older tools: no wrapping token, no [openbao] table, every path', async () => {
    const settings = await remoteSettings({ artifact: golden('bootstrap-older.json') }, {});
    expect(settings).toMatchObject({
      id: 'edge-remote',
      fastPoll: false,
      openbaoUrl: 'http://127.0.0.1:8200',
      caBundlePath: '/srv/bootroot/certs/ca-bundle.pem',
      agent: { server: 'https://stepca.internal:9000/acme/acme/directory' },
      profile: { hostname: 'edge-node-02', instanceId: '101', hooks: [] },
    });
    expect(settings.wrap).toBeUndefined();
  });

  test('of the older tools with relative paths, as they write them themselves: relative to where the command runs', async () => {
    const path = golden('bootstrap-older-relative.json');
    readAsTools('bootstrap', 'older', await text('bootstrap-older-relative.json'));
    const settings = await remoteSettings({ artifact: path }, {});
    expect(settings).toMatchObject({
      id: 'inner-db',
      fastPoll: false,
      secretIdPath: resolve('secrets/services/inner-db/secret_id'),
      agentConfigPath: resolve('inner-db/agent.toml'),
      profile: { certPath: resolve('inner-db/inner-db.crt') },
    });
  });

  test('of the newer tools: registration id, trust, hooks, group and wrapping token', async () => {
    const settings = await remoteSettings(
      // The artifact beats flags, flags beat the environment.
      { artifact: golden('bootstrap-newer.json'), kvMount: 'other', agentEmail: 'ops@trusted.domain' },
      { OPENBAO_URL: 'http://elsewhere' },
    );
    expect(settings).toMatchObject({
      id: 'edge-remote-a',
      serviceName: 'edge-remote',
      fastPoll: true,
      kvMount: 'secret',
      openbaoUrl: 'https://192.0.2.10:8200',
      agent: { email: 'ops@trusted.domain' },
      trust: { pins: ['a'.repeat(64)] },
      wrap: { token: 's.wrapping-token-of-before', expiresAt: Date.parse('2026-11-23T15:00:00Z') },
      profile: { certGroupGid: 1500, hooks: [{ command: 'systemctl', args: ['reload', 'nginx'] }] },
    });
  });

  test('written over one that is there, only what changed changes: order, layout and unknown keys stay', async () => {
    const before = await text('bootstrap-newer.json');
    const gone = { wrap_token: undefined, wrap_expires_at: undefined };
    const after = renderArtifact({ ...(await newer()), ...gone, kv_mount: 'other' }, before);
    expect(after).toBe(
      before
        .replace('"kv_mount": "secret"', '"kv_mount": "other"')
        .replace(/\n +"wrap_token": .*\n +"wrap_expires_at": .*/, ''),
    );
    expect(renderArtifact(await newer(), before)).toBe(before);
  });

  test('what the console makes holds every key that either generation of tools needs', async () => {
    const made = JSON.parse(
      renderArtifact({ ...(await newer()), ...parseOlderPaths(), role_id: 'r' }),
    ) as object;
    const older = Object.keys(JSON.parse(await text('bootstrap-older.json')) as object);
    const missing = older.filter((key) => !(key in made) && !key.startsWith('agent_'));
    expect(missing).toEqual([]);
    const whole = { ...made, agent_responder_url: 'http://r', agent_server: 'https://s', agent_email: 'a@b' };
    for (const generation of ['older', 'newer'] as const)
      readAsTools('bootstrap', generation, JSON.stringify(whole));
    expect(() => parseArtifact(JSON.stringify({ ...made, schema_version: undefined }), 'F')).not.toThrow();
  });

  test('other schema versions and broken files are refused without quoting them', () => {
    expect(() => parseArtifact('{"schema_version": 4}', 'F')).toThrow('remote_artifact_version');
    expect(() => parseArtifact('{"wrap_token": "s.secret"', 'F')).toThrow('remote_artifact_invalid');
    expect(() => parseArtifact('{"schema_version": 5, "wrap_token": "s.secret"}', 'F')).not.toThrow(
      's.secret',
    );
  });
});

const parseOlderPaths = (): object => ({
  openbao_agent_config_path: '/a',
  openbao_agent_template_path: '/b',
  openbao_agent_token_path: '/c',
});

describe('summary', () => {
  test('of the older tools goes into state.json: unchanged is applied, the stamps are cleared', async () => {
    const entry = newServiceEntry(
      {
        registrationId: 'a',
        serviceName: 'a',
        deployType: 'daemon',
        deliveryMode: 'remote-bootstrap',
        hostname: 'h',
        domain: 'd',
        instanceId: '1',
        agentConfigPath: '/a',
        certPath: '/c',
        keyPath: '/k',
        approle: { roleName: 'r', roleId: 'i', secretIdPath: '/s', policyName: 'p' },
      },
      1_000,
    );
    for (const generation of ['older', 'newer'] as const)
      readAsTools(
        'state',
        generation,
        JSON.stringify({ openbao_url: 'u', kv_mount: 'm', services: { a: entry } }),
      );
    const changed = acknowledge(entry, parseSummary(await text('summary-older.json'), 'F'), 2_000);
    expect(entry.sync_status).toEqual({
      secret_id: 'applied',
      eab: 'applied',
      responder_hmac: 'failed',
      trust_sync: 'applied',
    });
    expect(entry.sync_metadata?.responder_hmac).toEqual({ started_at_unix: null, expires_at_unix: null });
    expect(changed).toHaveLength(4);
  });

  test('what is written has the keys and words that the older tools read', () => {
    const item = { status: 'applied', version: 3 } as const;
    const written = renderSummary(
      summaryOf({ secret_id: item, eab: item, responder_hmac: item, trust_sync: item }, () => ''),
    );
    expect(Object.keys(JSON.parse(written) as object)).toEqual([
      'secret_id',
      'eab',
      'responder_hmac',
      'trust_sync',
    ]);
    expect(parseSummary(written, 'F').eab.status).toBe('applied');
    // `skipped` is a word of the newer generation only.
    const none = {
      secret_id: item,
      eab: { status: 'skipped' },
      responder_hmac: item,
      trust_sync: item,
    } as const;
    const forOlder = renderSummary(summaryOf(none, () => '', true));
    expect(readAsTools('summary', 'older', forOlder)).toMatchObject({ eab: { status: 'unchanged' } });
    const forNewer = renderSummary(summaryOf(none, () => ''));
    expect(readAsTools('summary', 'newer', forNewer)).toMatchObject({ eab: { status: 'skipped' } });
    expect(() => readAsTools('summary', 'older', forNewer)).toThrow('skipped');
    expect(() => parseSummary('{"secret_id": {"status": "done"}}', 'F')).toThrow('remote_summary_invalid');
  });
});
