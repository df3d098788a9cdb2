import { describe, expect, it } from 'vitest';
import type { Operation, OperationLog } from '../../../shared/contract/operations.ts';
import { foldEvent, mergeLogs } from './records.ts';

const title = { key: 'error.changed.nothing' } as const;
const operation = (id: string, startedAt: number, state: Operation['state'] = 'running'): Operation => ({
  id,
  kind: 'service.add',
  title,
  state,
  actor: 'kim',
  startedAt,
  planDigest: '',
  progress: 0,
  steps: [],
  proofs: [],
  changes: [],
  secretInputs: [],
  canResume: false,
  canUndo: false,
  canCancel: true,
});
const line = (at: number): OperationLog => ({ operationId: 'a', at, level: 'info', message: title });

describe('records of operations', () => {
  it('replaces a record and keeps the newest first', () => {
    let records = foldEvent(undefined, { type: 'operation', operation: operation('a', 1) });
    records = foldEvent(records, { type: 'operation', operation: operation('b', 2) });
    records = foldEvent(records, { type: 'operation', operation: operation('a', 1, 'done') });
    expect(records.operations.map(({ id, state }) => [id, state])).toEqual([
      ['b', 'running'],
      ['a', 'done'],
    ]);
  });
  it('keeps a bounded number of log lines', () => {
    let records = foldEvent(undefined, { type: 'log', log: line(0) });
    for (let at = 1; at < 2_500; at += 1) records = foldEvent(records, { type: 'log', log: line(at) });
    expect(records.logs).toHaveLength(2_000);
    expect(records.logs[records.logs.length - 1]?.at).toBe(2_499);
  });
  it('merges each line once', () => {
    expect(mergeLogs([line(1), line(2)], [line(2), line(3)]).map(({ at }) => at)).toEqual([1, 2, 3]);
  });
});
