import { afterAll, beforeAll } from 'vitest';
import { clusterData } from '../../src-main/topology/postgres-cluster.ts';
import { installation, type Installation } from '../support/installation.ts';
import { servePostgresTls } from '../support/postgres-tls.ts';
import { RotationWorld } from '../support/rotation-world.ts';
import { fileFaults } from './rotation/files.ts';
import { meetingFaults } from './rotation/meetings.ts';
import { networkFaults } from './rotation/network.ts';
import { serverFaults } from './rotation/servers.ts';
import type { FaultStage } from './rotation/stage.ts';

let stack: Installation;
let made: FaultStage;

// One installation for all of them: each leaves it whole, which is what they are about.
beforeAll(async () => {
  stack = await installation();
  for (const name of ['edge', 'inner'])
    await stack.must(['service', 'add', name, '--agent-config', `agents/${name}/agent.toml`]);
  const inner = await stack.open('cli');
  const { local } = inner.console.required().topologies;
  await servePostgresTls(stack.paths, local);
  const postgres = clusterData(await local.requireLayout());
  made = { stack, inner, world: new RotationWorld(() => inner.console.required()), postgres };
  await made.world.whole();
});
afterAll(() => stack?.stop());

const stage = (): FaultStage => made;

fileFaults(stage);
meetingFaults(stage);
networkFaults(stage);
serverFaults(stage);
