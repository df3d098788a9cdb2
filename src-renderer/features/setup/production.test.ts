import { describe, expect, it } from 'vitest';
import type { SetupLocal } from '../../../shared/contract/setup.ts';
import { asKind, fitCustodians } from './production.ts';

const lab: SetupLocal = {
  path: '/srv/lab',
  name: 'lab',
  kind: 'lab',
  domain: 'trusted.domain',
  openbao: { shares: 1, threshold: 1, port: 8200, clusterPort: 8201 },
  custodians: [],
  postgres: { port: 5432 },
  stepca: { port: 9000, acmeHttpPort: 8080 },
  responder: { adminPort: 8081 },
  resolver: { port: 5353 },
  ca: {
    name: 'Lab CA',
    keyType: 'ec-p256',
    rootYears: 10,
    intermediateYears: 5,
    pathLength: 1,
    permittedNames: [],
    leafHours: 24,
  },
};
const propose = (index: number): string => `Custodian ${index}`;

describe('lab and production', () => {
  it('production has five custodians of whom three are needed', () => {
    const production = asKind(lab, 'production', lab, propose);
    expect(production.openbao).toMatchObject({ shares: 5, threshold: 3, port: 8200 });
    expect(production.custodians).toHaveLength(5);
  });
  it('lab again has none', () => {
    const production = asKind(lab, 'production', lab, propose);
    expect(asKind(production, 'lab', lab, propose)).toEqual(lab);
  });
  it('keeps the names that were given when the number of shares changes', () => {
    const production = {
      ...asKind(lab, 'production', lab, propose),
      custodians: ['Kim', 'Lee', 'Park', 'Choi', 'Jung'],
    };
    const fewer = fitCustodians({ ...production, openbao: { ...production.openbao, shares: 3 } }, propose);
    expect(fewer.custodians).toEqual(['Kim', 'Lee', 'Park']);
    const more = fitCustodians({ ...fewer, openbao: { ...fewer.openbao, shares: 4 } }, propose);
    expect(more.custodians).toEqual(['Kim', 'Lee', 'Park', 'Custodian 4']);
  });
});
