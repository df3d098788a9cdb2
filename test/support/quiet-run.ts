import type { Run } from '../../src-main/operations/types.ts';

/** A run that proves outside of any operation. */
export const quietRun: Run = {
  operationId: 'proof',
  signal: new AbortController().signal,
  stage: {
    read: async () => undefined,
    write: async () => undefined,
    once: async (_name, make) => make(),
    remove: async () => undefined,
  },
  log: () => undefined,
  progress: () => undefined,
  secret: () => '',
  prove: () => undefined,
  changed: () => undefined,
};
