import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WorkspacePaths } from '../../workspace/paths.ts';
import type { ServicesContext } from '../context.ts';
import { serviceAddDefinition } from './definition.ts';

test('where nothing is set up no service is planned, and the error says so before anything is asked', async () => {
  const root = await mkdtemp(join(tmpdir(), 'bare-'));
  const paths = new WorkspacePaths(root);
  const definition = serviceAddDefinition({ paths } as ServicesContext);
  const input = {
    serviceName: 'edge-proxy',
    instanceId: '001',
    hostname: 'edge-node-01',
    domain: 'trusted.domain',
    deployType: 'daemon',
    agentConfigPath: 'agent.toml',
    certPath: 'certs/edge-proxy.crt',
    keyPath: 'certs/edge-proxy.key',
  } as const;
  await expect(definition.prepare(input)).rejects.toMatchObject({
    data: { code: 'no_installation', params: { path: paths.root } },
  });
  await rm(root, { recursive: true });
});
