import { join } from 'node:path';
import * as z from 'zod';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Run, Step } from '../../operations/types.ts';
import { sharesOf, type StorageContext } from './context.ts';
import { countOf, differences, inventoryOf, type Inventory } from './inventory.ts';
import { ensureCurrent, ensureMigrator } from './programs.ts';
import { withPrivateServer, type PrivateServer } from './private-server.ts';

const note = 'compared';

const countsSchema = z.record(z.string(), z.number());

/** How much there is of each kind, in both alike. @throws `adopt_storage_differs` naming the first that is not */
async function compare(context: StorageContext, run: Run): Promise<Record<string, number>> {
  const { place, server } = context;
  const shares = await sharesOf(context, run);
  const { nodeId, clusterUrl } = place.settings;
  const read = (
    name: PrivateServer['name'],
    program: string,
    storage: PrivateServer['storage'],
  ): Promise<Inventory> =>
    withPrivateServer(
      { directory: place.work, clusterUrl, name, program, storage },
      server.processes,
      shares,
      inventoryOf,
    );
  const old = await ensureMigrator({ signal: run.signal });
  const before = await read('adopt-before', old.path, { type: 'file', path: join(place.work, 'file') });
  run.progress(0.5);
  const current = await ensureCurrent();
  const after = await read('adopt-after', current.path, {
    type: 'raft',
    path: join(place.work, 'raft'),
    nodeId,
  });
  const [first, ...rest] = differences(before, after);
  if (first !== undefined) throw new ConsoleError('adopt_storage_differs', { count: rest.length + 1, first });
  return {
    keys: countOf(before, 'kv'),
    versions: countOf(before, 'version'),
    policies: countOf(before, 'policy'),
    roles: [...before.keys()].filter((name) => /^role .* role_id$/.test(name)).length,
    mounts: countOf(before, 'mount'),
  };
}

/** Both storages are started side by side by themselves, on loopback, and everything in them is compared before anything counts. */
export function compareStep(context: StorageContext): Step {
  const { server } = context;
  return {
    id: 'compare',
    title: message('adopt.storage.step.compare'),
    effects: [
      { kind: 'process', name: 'OpenBao 2.6', action: 'start', note: message('adopt.storage.note.private') },
      { kind: 'process', name: 'OpenBao 2.7', action: 'start', note: message('adopt.storage.note.private') },
    ],
    weight: 4,
    check: async () => false,
    async apply(run) {
      const counts = await run.stage.once(note, async () => JSON.stringify(await compare(context, run)));
      run.prove({
        title: message('adopt.storage.proof.compared'),
        outcome: 'proved',
        evidence: message('adopt.storage.evidence.compared', countsSchema.parse(JSON.parse(counts))),
      });
    },
    async undo() {
      for (const name of ['adopt-before', 'adopt-after'])
        await server.processes.stop(name, { graceMs: 10_000 });
    },
  };
}
