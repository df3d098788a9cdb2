import { join } from 'node:path';
import { AuditLog } from '../../audit/audit-log.ts';
import { Store } from '../../store/store.ts';
import { OperationEngine } from '../engine.ts';
import { Journal } from '../journal.ts';
import type { OperationDefinition } from '../types.ts';
import { effectsDefinition } from './effects.ts';

/** One console's view of a workspace: engine, store and audit log on the same files as any other's. */
export interface TestEngine {
  readonly engine: OperationEngine;
  readonly store: Store;
  readonly audit: AuditLog;
  readonly stageRoot: string;
  close(): Promise<void>;
}

export async function openEngine(
  root: string,
  definitions: readonly OperationDefinition[] = [effectsDefinition],
): Promise<TestEngine> {
  const console = join(root, '.console');
  const store = await Store.open(join(console, 'store.db'));
  const audit = new AuditLog(store, join(console, 'audit-head'));
  const stageRoot = join(root, 'secrets', '.staging');
  const engine = new OperationEngine({
    journal: new Journal(store, String(process.pid)),
    audit,
    definitions: new Map(definitions.map((definition) => [definition.kind, definition])),
    stageRoot,
    lockPath: join(console, 'operation.lock.db'),
  });
  return {
    engine,
    store,
    audit,
    stageRoot,
    async close() {
      await engine.close();
      await store.close();
    },
  };
}
