import { expect, test } from 'vitest';
import type { SetupExternal } from '../../../shared/contract/setup.ts';
import { externalProblems } from './external-fields.ts';

const input: SetupExternal = {
  path: '/srv/elsewhere',
  name: 'Elsewhere',
  openbaoUrl: 'https://bao.example:8200',
  kvMount: 'secret',
  stepcaUrl: 'https://ca.example:9000',
  http01Port: 80,
  domain: 'trusted.domain',
  caPem: '',
};
const fieldsOf = (change: Partial<SetupExternal>): string[] =>
  externalProblems({ ...input, ...change }).map(({ field }) => field);

test('good answers have no problem, with and without what is optional', () => {
  expect(externalProblems(input)).toEqual([]);
  expect(fieldsOf({ responderAdminUrl: 'http://responder.example:8080', resolver: 'ns.example:53' })).toEqual(
    [],
  );
});

test('each wrong answer is said at its field', () => {
  expect(fieldsOf({ openbaoUrl: 'bao.example', stepcaUrl: '' })).toEqual(['openbaoUrl', 'stepcaUrl']);
  expect(fieldsOf({ resolver: 'ns.example' })).toEqual(['resolver']);
  expect(fieldsOf({ http01Port: 0 })).toEqual(['http01Port']);
  expect(fieldsOf({ domain: '-trusted.domain' })).toEqual(['domain']);
});
