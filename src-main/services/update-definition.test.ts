import { expect, test } from 'vitest';
import { updatedAppRole } from './update-definition.ts';

const approle = {
  role_name: 'r',
  role_id: 'i',
  secret_id_path: '/s',
  policy_name: 'p',
  secret_id_ttl: '12h',
  secret_id_wrap_ttl: '10m',
  token_bound_cidrs: ['10.0.0.0/8'],
  site: 'kept',
};

test('what is named changes, inherit and clear go back to null, everything else stays', () => {
  expect(updatedAppRole(approle, { secretIdTtl: '6h' })).toEqual({ ...approle, secret_id_ttl: '6h' });
  expect(
    updatedAppRole(approle, { secretIdTtl: 'inherit', wrapTtl: 'inherit', boundCidrs: 'clear' }),
  ).toEqual({ ...approle, secret_id_ttl: null, secret_id_wrap_ttl: null, token_bound_cidrs: null });
  expect(updatedAppRole(approle, { boundCidrs: ['192.0.2.0/24'], wrapTtl: '1h' })).toEqual({
    ...approle,
    token_bound_cidrs: ['192.0.2.0/24'],
    secret_id_wrap_ttl: '1h',
  });
});
