import { describe, expect, it } from 'vitest';
import {
  rungs,
  soonMs,
  type Rung,
  type ServiceFilters,
  type ServiceSummary,
} from '../../shared/contract/services.ts';
import { passes } from './filter.ts';

const now = 1_800_000_000_000;
const ladder = (outcome: Rung['outcome'], at = 2): Rung[] =>
  rungs.map((rung, index) => ({ rung, outcome: index === at ? outcome : 'proved', evidence: [] }));
const service = (change: Partial<ServiceSummary>): ServiceSummary => ({
  id: 'edge',
  serviceName: 'edge',
  instanceId: '001',
  hostname: 'vm',
  domain: 'trusted.domain',
  identity: '001.edge.vm.trusted.domain',
  deliveryMode: 'local-file',
  deployType: 'daemon',
  expiresAt: now + soonMs + 1,
  ladder: ladder('proved'),
  ...change,
});

const some: Readonly<Record<string, ServiceSummary>> = {
  well: service({}),
  ending: service({ expiresAt: now + soonMs }),
  over: service({ expiresAt: now, ladder: ladder('contradicted') }),
  fresh: { ...service({ ladder: ladder('unknown', 0), deployType: 'docker' }), expiresAt: undefined },
  remote: service({ ladder: ladder('not_proved'), deliveryMode: 'remote-bootstrap' }),
};

const found = (filters: ServiceFilters): string[] =>
  Object.entries(some)
    .filter(([, each]) => passes(each, filters, now))
    .map(([name]) => name);

describe('the filters of the list of services', () => {
  it('leave all when none is set', () => {
    expect(found({})).toHaveLength(5);
    expect(found({ outcome: [], leaf: [] })).toHaveLength(5);
  });

  it('ask for the lowest rung that is not proved', () => {
    expect(found({ outcome: ['proved'] })).toEqual(['well', 'ending']);
    expect(found({ outcome: ['contradicted', 'unknown'] })).toEqual(['over', 'fresh']);
    expect(found({ outcome: ['not_proved'] })).toEqual(['remote']);
  });

  it('know when a leaf ends, to the millisecond', () => {
    expect(found({ leaf: ['soon'] })).toEqual(['ending']);
    expect(found({ leaf: ['expired', 'none'] })).toEqual(['over', 'fresh']);
    expect(found({ leaf: ['later'] })).toEqual(['well', 'remote']);
  });

  it('of several facets want each', () => {
    expect(found({ leaf: ['later'], delivery: ['remote-bootstrap'] })).toEqual(['remote']);
    expect(found({ deploy: ['docker'], outcome: ['proved'] })).toEqual([]);
  });
});
