import { expect, test } from 'vitest';
import { ConnectionFailure } from '../tls/failure.ts';
import { noAnswer, refused } from './failures.ts';

const asked = { url: 'https://bao:8200', path: 'secret/data/a', reads: false, secrets: ['hush-hush-hush'] };

test.each([
  [503, ['Vault is sealed'], 'openbao_sealed', 'nothing'],
  [503, undefined, 'openbao_unavailable', 'unknown'],
  [500, ['Vault is not initialized'], 'openbao_not_initialised', 'nothing'],
  [403, ['permission denied'], 'openbao_forbidden', 'nothing'],
  [404, [], 'openbao_no_path', 'nothing'],
  [404, ['no handler for route "x"'], 'openbao_no_route', 'nothing'],
  [405, ['unsupported operation'], 'openbao_bad_request', 'nothing'],
  [400, ['check-and-set parameter did not match the current version'], 'openbao_conflict', 'nothing'],
  [429, undefined, 'openbao_unavailable', 'nothing'],
  [307, undefined, 'openbao_standby', 'nothing'],
] as const)('%i %j is %s, changed: %s', (status, errors, code, changed) => {
  const error = refused(status, errors === undefined ? Buffer.from('<html>') : { errors }, asked);
  expect(error.code).toBe(code);
  expect(error.data.changed.key).toBe(`error.changed.${changed}`);
});

test('what was sent is masked in what comes back', () => {
  const error = refused(400, { errors: ['bad value hush-hush-hush\n\tat line 1'] }, asked);
  expect(JSON.stringify(error.data)).not.toContain('hush-hush-hush');
  expect(error.data.params['problem']).toMatch(/^bad value \S.* at line 1$/);
});

test('whether a write took effect is uncertain once it may have arrived', () => {
  const changed = (kind: ConnectionFailure['kind'], reads = false): string =>
    noAnswer(new ConnectionFailure(kind, 'CODE'), { url: asked.url, reads }, 30).data.changed.key;
  for (const kind of ['reset', 'timeout', 'too_large', 'aborted'] as const) {
    expect(changed(kind), kind).toBe('error.changed.unknown');
    expect(changed(kind, true), kind).toBe('error.changed.nothing');
  }
  for (const kind of ['refused', 'not_resolved', 'untrusted', 'wrong_name', 'expired'] as const)
    expect(changed(kind), kind).toBe('error.changed.nothing');
});
