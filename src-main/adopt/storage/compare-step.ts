import { join } from 'node:path';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Step } from '../../operations/types.ts';
import { sharesOf, type StorageContext } from './context.ts';
import { countOf, differences, inventoryOf, type Inventory } from './inventory.ts';
import { ensureCurrent, ensureMigrator } from './programs.ts';
import { withPrivateServer } from './private-server.ts';

const note = 'compared';

/** Both storages are started side by side by themselves, on loopback, and everything in them is compared before anything counts. */
export function compareStep(context: StorageContext): Step {
  const { place, server } = context;
  return {
    id: 'compare',
    title: message('adopt.storage.step.compare'),
    effects: [
      { kind: 'process', name: 'OpenBao 2.6', action: 'start', note: message('adopt.storage.note.private') },
      { kind: 'process', name: 'OpenBao 2.7', action: 'start', note: message('adopt.storage.note.private') },
    ],
    weight: 4,
    check: async (run) => (await run.stage.read(note)) !== undefined,
    async apply(run) {
      const shares = await sharesOf(context, run);
      const { nodeId, clusterUrl } = place.settings;
      const common = { directory: place.work, clusterUrl };
      const read = (
        name: 'adopt-before' | 'adopt-after',
        program: string,
        storage: { type: 'file' | 'raft'; path: string; nodeId?: string },
      ): Promise<Inventory> =>
        withPrivateServer({ ...common, name, program, storage }, server.processes, shares, inventoryOf);
      const old = await ensureMigrator({ signal: run.signal });
      const before = await read('adopt-before', old.path, { type: 'file', path: join(place.work, 'file') });
      run.progress(0.5);
      const current = await ensureCurrent();
      const raft = { type: 'raft', path: join(place.work, 'raft'), nodeId } as const;
      const after = await read('adopt-after', current.path, raft);
      const [first, ...rest] = differences(before, after);
      if (first !== undefined)
        throw new ConsoleError('adopt_storage_differs', { count: rest.length + 1, first });
      run.prove({
        title: message('adopt.storage.proof.compared'),
        outcome: 'proved',
        evidence: message('adopt.storage.evidence.compared', {
          keys: countOf(before, 'kv'),
          versions: countOf(before, 'version'),
          policies: countOf(before, 'policy'),
          roles: [...before.keys()].filter((name) => /^role .* role_id$/.test(name)).length,
          mounts: countOf(before, 'mount'),
        }),
      });
      await run.stage.write(note, '1');
    },
    async undo() {
      for (const name of ['adopt-before', 'adopt-after'])
        await server.processes.stop(name, { graceMs: 10_000 });
    },
  };
}
