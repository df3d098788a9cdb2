import { expect, test } from 'vitest';
import { rotationInput } from './rotate.ts';

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
