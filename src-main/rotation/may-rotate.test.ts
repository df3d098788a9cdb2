import { expect, test } from 'vitest';
import { refusedRoles } from './may-rotate.ts';

const roles = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `bootroot-service-s${index}`);

/** A server that grants where `may` says so, and counts the paths it was asked for. */
function server(may: (path: string) => boolean) {
  let asked = 0;
  return {
    asked: () => asked,
    capabilities: async (paths: readonly string[]) => {
      asked += paths.length;
      return new Map(paths.map((path) => [path, may(path) ? ['create', 'update'] : ['deny']]));
    },
  };
}

test('a thousand services that are granted by their name take a few questions', async () => {
  const { asked, capabilities } = server(() => true);
  expect(await refusedRoles(roles(1000), capabilities)).toEqual([]);
  expect(asked()).toBeLessThan(100);
});

test('without a grant to the name each is asked', async () => {
  const allowed = new Set(roles(1000).filter((role) => role !== 'bootroot-service-s777'));
  const { capabilities } = server((path) => allowed.has(path.split('/')[3] ?? ''));
  expect(await refusedRoles(roles(1000), capabilities)).toEqual(['bootroot-service-s777']);
});

test('a few are asked one by one, each for all that it takes', async () => {
  const { capabilities } = server((path) => !path.includes('s1/secret-id-accessor'));
  expect(await refusedRoles(roles(3), capabilities)).toEqual(['bootroot-service-s1']);
});

test('roles of other names are never judged by the services', async () => {
  const { capabilities } = server((path) => path.includes('bootroot-service-'));
  const refused = await refusedRoles([...roles(100), 'bootroot-stepca-role'], capabilities);
  expect(refused).toEqual(['bootroot-stepca-role']);
});
