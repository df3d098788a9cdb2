import { afterAll, beforeAll } from 'vitest';
import { describeUnless } from '../support/describe-unless.ts';
import { noEngine } from '../support/docker/daemon.ts';
import { meetingAccidents } from './compose/accidents.ts';
import { watchingContainers } from './compose/containers.ts';
import { killingTheConsole } from './compose/killed.ts';
import { runningServers } from './compose/lifecycle.ts';
import { monitoring } from './compose/monitoring.ts';
import { killingMonitoring } from './compose/monitoring-killed.ts';
import { owning } from './compose/ownership.ts';
import { rotating } from './compose/rotation.ts';
import { settingUp } from './compose/setup.ts';
import { ComposeWorld } from './compose/world.ts';

describeUnless(noEngine(), 'an installation in containers', () => {
  let made: ComposeWorld | undefined;

  beforeAll(async () => {
    made = await ComposeWorld.make();
  });
  afterAll(() => made?.stop());

  const world = (): ComposeWorld => {
    if (made === undefined) throw new Error('the set-up failed');
    return made;
  };
  // Each leaves it as it was: all proved, and as the files say.
  settingUp(world);
  rotating(world);
  owning(world);
  runningServers(world);
  watchingContainers(world);
  meetingAccidents(world);
  killingTheConsole(world);
  monitoring(world);
  killingMonitoring(world);
});
