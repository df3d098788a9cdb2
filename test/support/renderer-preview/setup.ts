import type { SetupLocal } from '../../../shared/contract/setup.ts';

export const localDefaults: SetupLocal = {
  path: '/home/kim/bootroot/lab',
  name: 'Lab on this laptop',
  kind: 'lab',
  domain: 'trusted.domain',
  openbao: { shares: 3, threshold: 2, port: 8200, clusterPort: 8201 },
  custodians: [],
  postgres: { port: 15432 },
  stepca: { port: 9000, acmeHttpPort: 8080 },
  responder: { adminPort: 8081 },
  resolver: { port: 5353 },
  ca: {
    name: 'Bootroot CA',
    keyType: 'ec-p256',
    rootYears: 10,
    intermediateYears: 5,
    pathLength: 1,
    permittedNames: [],
    leafHours: 24,
  },
};
