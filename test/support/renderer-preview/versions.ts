import type { Versions } from '../../../shared/contract/upgrade.ts';
import { message } from '../../../shared/message.ts';

const day = 86_400_000;

/** An OpenBao that should be upgraded, a cluster whose leader comes last, a PostgreSQL that was upgraded, and a move that waits for its confirmation. */
export const versionsOf = (now: number): Versions => ({
  managed: true,
  order: ['PostgreSQL', 'OpenBao', 'step-ca', 'responder', 'agent'],
  servers: [
    {
      server: 'postgres',
      title: 'PostgreSQL',
      version: '18.4',
      recommended: '18.4',
      choices: [],
      remarks: [],
      endsAt: now + 1400 * day,
      former: { from: '15.18', to: '18.4', at: now - 2 * day },
    },
    {
      server: 'openbao',
      title: 'OpenBao',
      version: '2.6.1',
      recommended: '2.7.2',
      choices: ['2.7.2', '2.7.1', '2.7.0', '2.6.2'],
      remarks: [
        {
          severity: 'critical',
          text: message('upgrade.known.file_storage'),
        },
        {
          severity: 'warning',
          text: message('upgrade.known.inline_auth', { id: 'GHSA-rh46-vc3j-w2w3', fixed: '2.6.2' }),
        },
        { severity: 'notice', text: message('upgrade.known.recovery_token') },
      ],
    },
    {
      server: 'step-ca',
      title: 'step-ca',
      version: '0.30.2',
      recommended: '0.30.2',
      choices: [],
      remarks: [{ severity: 'notice', text: message('upgrade.known.stepca_orders') }],
    },
  ],
  cluster: {
    members: [
      { url: 'https://openbao-1.internal:8200', state: 'leader', version: '2.6.2' },
      {
        url: 'https://openbao-2.internal:8200',
        state: 'follower',
        version: '2.7.2',
        voter: true,
        lastContact: '1.2s',
      },
      {
        url: 'https://openbao-3.a-long-domain-of-some-data-centre.internal:8200',
        state: 'follower',
        version: '2.7.2',
      },
    ],
    next: message('cluster.next.leader', { url: 'https://openbao-1.internal:8200', to: '2.7.2' }),
    stepDown: true,
  },
  place: 'compose',
  movedFrom: { from: 'processes', at: now - 3_600_000 },
});
