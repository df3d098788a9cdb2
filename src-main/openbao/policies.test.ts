import { expect, test } from 'vitest';
import { encodePath } from './path.ts';
import {
  breakGlassPaths,
  breakGlassPolicy,
  consolePolicy,
  schedulerPolicy,
  servicePolicy,
  stepcaPolicy,
} from './policies.ts';

test('the policy of a service is what both generations of the tools load', () => {
  expect(servicePolicy('edge-proxy', 'secret'))
    .toBe(`path "secret/data/bootroot/services/edge-proxy/reissue" {
  capabilities = ["create", "update", "read"]
}

path "secret/data/bootroot/services/edge-proxy/*" {
  capabilities = ["read"]
}

path "secret/metadata/bootroot/services/edge-proxy/*" {
  capabilities = ["list"]
}
`);
});

test('no name widens a policy', () => {
  for (const id of ['*', '+', 'a*', 'a/b', 'a" {} path "*', '', '..', 'a\nb', '-a'])
    expect(() => servicePolicy(id, 'secret'), id).toThrow('openbao_bad_path');
  for (const mount of ['*', 'secret/*', '', '/', 'a//b', 'se"cret'])
    expect(() => stepcaPolicy(mount), mount).toThrow('openbao_bad_path');
  expect(stepcaPolicy('team/kv')).toContain('"team/kv/data/bootroot/stepca/db"');
});

test('break-glass may use the recovery paths and nothing else; day-2 work may use none of them', () => {
  const paths = [...breakGlassPolicy().matchAll(/^path "([^"]+)"/gm)].map(([, path]) => path ?? '');
  expect(paths).toEqual(expect.arrayContaining([...breakGlassPaths]));
  for (const path of paths)
    expect(path).toMatch(/^sys\/(rotate\/root|generate-root(-token)?|rekey)\/[a-z]+$/);
  expect(consolePolicy('secret')).not.toMatch(/sys\/(rotate|generate-root|rekey)/);
});

test('unattended runs may change no role, no policy and no other secret', () => {
  const grants = {
    roles: ['bootroot-service-edge'],
    kv: ['responder/hmac'],
    reads: ['responder/hmac', 'ca'],
  };
  const paths = [...schedulerPolicy('secret', grants).matchAll(/^path "([^"]+)"/gm)].map(
    ([, path]) => path ?? '',
  );
  expect(new Set(paths).size).toBe(paths.length);
  for (const path of paths)
    expect(path).toMatch(
      /^auth\/approle\/role\/bootroot-(service-edge|scheduler)\/[a-z-]+(\/(lookup|destroy))?$|^secret\/data\/bootroot\/(responder\/hmac|ca)$/,
    );
});

test('paths are encoded by segment', () => {
  expect(encodePath('secret/data/a b/ü?#&%2F')).toBe('secret/data/a%20b/%C3%BC%3F%23%26%252F');
  for (const path of ['', '/a', 'a/', 'a//b', 'a/../b', '.'])
    expect(() => encodePath(path), path).toThrow('openbao_bad_path');
});
