import type { Elsewhere } from '../../../shared/contract/elsewhere.ts';

/** Servers of somebody else, one of which needs a look. */
export const elsewhere: Elsewhere = {
  stepca: {
    url: 'https://ca.corp.example:9000',
    healthy: true,
    version: '0.30.2',
    roots: [
      { sha256: '9f31'.repeat(16), trusted: true },
      { sha256: '07ce'.repeat(16), trusted: false },
    ],
    directory: {
      url: 'https://ca.corp.example:9000/acme/acme/directory',
      answers: true,
      needsBinding: false,
    },
  },
  database: {
    servers: ['db-1.corp.example:5432', 'db-2.corp.example:5432'],
    name: 'stepca',
    sslMode: 'verify-full',
    answered: 'db-2.corp.example:5432',
    level: 'verified',
    version: '18.4',
    tables: { present: true, certificates: 48_211, revoked: 12 },
  },
  responder: {
    url: 'http://responder.corp.example:8080',
    answers: false,
    problem: {
      key: 'error.responder_unreachable.what',
      params: { url: 'http://responder.corp.example:8080', reason: 'ECONNREFUSED' },
    },
  },
};
