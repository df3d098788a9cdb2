import { expect, test } from 'vitest';
import { ConsoleError } from '../../shared/errors.ts';
import type { Login } from './openbao.ts';
import { loginAfterWrite, untilReplicated } from './replicated.ts';

test('a standby that is behind is asked again; one that never shows it ends the question', async () => {
  let asked = 0;
  expect(await untilReplicated(() => Promise.resolve(++asked === 3))).toBe(true);
  expect(asked).toBe(3);
  asked = 0;
  expect(await untilReplicated(() => Promise.resolve(++asked < 0))).toBe(false);
  expect(asked).toBe(6);
});

test('a login that a standby refuses, for it is behind, is asked again; any other failure is told at once', async () => {
  const refused = new ConsoleError('openbao_credentials_refused');
  const given: Login = { token: 't', accessor: 'a', policies: [], ttl: 1, renewable: false };
  const asked: string[] = [];
  const standby = (behind: number, failure = refused) => ({
    login(roleId: string, secretId: string) {
      asked.push(`${roleId} ${secretId}`);
      return asked.length > behind ? Promise.resolve(given) : Promise.reject(failure);
    },
  });
  expect(await loginAfterWrite(standby(2), 'role', 'secret')).toBe(given);
  expect(asked).toEqual(['role secret', 'role secret', 'role secret']);
  asked.length = 0;
  await expect(loginAfterWrite(standby(9), 'role', 'secret')).rejects.toBe(refused);
  expect(asked).toHaveLength(6);
  asked.length = 0;
  const sealed = new ConsoleError('openbao_sealed');
  await expect(loginAfterWrite(standby(9, sealed), 'role', 'secret')).rejects.toBe(sealed);
  expect(asked).toHaveLength(1);
});
