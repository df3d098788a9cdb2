import { expect, test } from 'vitest';
import type { ServicesContext } from '../../services/context.ts';
import { TimelineCache, type TimelineWorld } from './timeline.ts';

function makeCache() {
  let now = 1_000_000;
  let looks = 0;
  const services = { now: () => now } as unknown as ServicesContext;
  const world: TimelineWorld = { services, leaves: { read: async () => undefined } };
  const cache = new TimelineCache(async () => {
    looks += 1;
    if (looks === 99) throw new Error('away');
    return { at: now, items: [] };
  });
  return {
    world,
    cache,
    wait: (ms: number) => (now += ms),
    looks: () => looks,
    failNext: () => (looks = 98),
  };
}

test('the servers are asked once a minute, however many ask', async () => {
  const { world, cache, wait, looks } = makeCache();
  await Promise.all([cache.read(world, 0), cache.read(world, 0), cache.read(world, 0)]);
  wait(59_000);
  await cache.read(world, 0);
  expect(looks()).toBe(1);
  wait(2_000);
  await cache.read(world, 0);
  expect(looks()).toBe(2);
});

test('an operation that ended since makes it old, another installation too', async () => {
  const { world, cache, looks } = makeCache();
  await cache.read(world, 0);
  await cache.read(world, 5);
  expect(looks()).toBe(2);
  await cache.read({ ...world, services: { ...world.services } }, 5);
  expect(looks()).toBe(3);
});

test('a look that failed is not kept', async () => {
  const { world, cache, looks, failNext } = makeCache();
  failNext();
  await expect(cache.read(world, 0)).rejects.toThrow('away');
  await cache.read(world, 0);
  expect(looks()).toBe(100);
});
