import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { OperationDefinition } from '../operations/types.ts';
import { roomPrecondition, withRoom } from './room.ts';

const mib = 1024 * 1024;
const having = (bytes: number | undefined) => roomPrecondition('/work', async () => bytes);

test('a disk with room is good, and so is one of which nobody can say', async () => {
  expect(await having(16 * mib)).toMatchObject({ id: 'room', met: true });
  expect(await having(undefined)).toMatchObject({ met: true });
});

test('a disk without room says how much there is and how much it takes', async () => {
  expect(await having(16 * mib - 1)).toMatchObject({
    met: false,
    detail: {
      key: 'rotation.precondition.no_room',
      params: { path: '/work', free: 15, needed: 16 },
    },
  });
  expect(await having(0)).toMatchObject({ met: false });
});

test('a disk that cannot be asked is not taken for one with room', async () => {
  const refused = await roomPrecondition('/work', () => Promise.reject(new Error('gone')));
  expect(refused.met).toBe(false);
});

test('a definition asks for room beside its own preconditions, on the real disk', async () => {
  const own = { id: 'own', title: { key: 'plan.title' as const }, met: true };
  const definition: OperationDefinition = {
    kind: 'rotate.test',
    input: z.unknown(),
    prepare: async () => ({
      title: own.title,
      summary: own.title,
      steps: [],
      preconditions: [own],
      confirm: { verb: own.title },
    }),
  };
  const { preconditions } = await withRoom(definition, tmpdir()).prepare({});
  expect(preconditions.map(({ id, met }) => `${id} ${met}`)).toEqual(['own true', 'room true']);
  const nowhere = await withRoom(definition, '/nowhere/at/all').prepare({});
  expect(nowhere.preconditions.map(({ met }) => met)).toEqual([true, false]);
});
