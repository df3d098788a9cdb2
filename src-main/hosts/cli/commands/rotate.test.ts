import { expect, test } from 'vitest';
import { rotationInput } from './rotate-options.ts';

test('services by name, by flag, or all of them', () => {
  expect(rotationInput('force-reissue', {}, ['edge'])).toEqual({ ids: ['edge'] });
  expect(rotationInput('force-reissue', { registrationId: ['a'], serviceName: ['b'] }, [])).toEqual({
    ids: ['a', 'b'],
  });
  expect(rotationInput('approle-secret-id', { allServices: true, infra: ['stepca'] }, [])).toEqual({
    ids: 'all',
    infra: ['stepca'],
  });
  expect(rotationInput('approle-secret-id', { infra: ['responder'] }, [])).toEqual({
    ids: [],
    infra: ['responder'],
  });
});

test('nothing chosen never means everybody', () => {
  for (const target of ['approle-secret-id', 'force-reissue'] as const)
    expect(() => rotationInput(target, {}, [])).toThrow('cli_usage');
});

test('what has no services takes none', () => {
  expect(rotationInput('db', { allServices: true }, [])).toEqual({});
});

test.each([
  ['responder-hmac', { overlapMinutes: '15' }, { overlapMinutes: 15 }],
  ['force-reissue', { allServices: true, wait: true }, { ids: 'all', waitSeconds: 120 }],
  ['force-reissue', { allServices: true, wait: true, waitTimeout: '90s' }, { ids: 'all', waitSeconds: 90 }],
  ['force-reissue', { allServices: true, waitTimeout: '90s' }, { ids: 'all' }],
  [
    'approle-secret-id',
    { allServices: true, secretIdNumUses: '3', rnCidrs: ['10.0.0.0/8'], secretIdWrapTtl: '30m' },
    { ids: 'all', infra: [], uses: 3, cidrs: ['10.0.0.0/8'], wrapTtl: '30m' },
  ],
] as const)('%s takes %j', (target, options, input) => {
  expect(rotationInput(target, options, [])).toEqual(input);
});

test.each([
  ['responder-hmac', { overlapMinutes: 'ten' }],
  ['approle-secret-id', { allServices: true, secretIdNumUses: '-1' }],
  ['force-reissue', { allServices: true, wait: true, waitTimeout: 'soon' }],
] as const)('%s refuses %j', (target, options) => {
  expect(() => rotationInput(target, options, [])).toThrow('cli_usage');
});
