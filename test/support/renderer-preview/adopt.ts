import type { AdoptReport } from '../../../shared/contract/adopt.ts';
import { message } from '../../../shared/message.ts';

const root = '/home/kim/bootroot/lab';

/** An installation of the older tools as they leave it; `owned`: the console's own, where little is odd. */
export const adoptReportOf = (now: number, owned: boolean): AdoptReport => ({
  at: now,
  path: root,
  owned,
  ...(owned ? { takenOverAt: now - 86_400_000 } : {}),
  generation: owned ? 'newer' : 'older',
  objects: [
    {
      path: `${root}/state.json`,
      what: message('adopt.object.state'),
      generation: owned ? 'newer' : 'older',
    },
    { path: `${root}/agent.toml`, what: message('adopt.object.agent'), generation: 'none' },
    {
      path: `${root}/secrets/remote-bootstrap/services/remote-db/bootstrap.json`,
      what: message('adopt.object.artifact'),
      generation: owned ? 'newer' : 'older',
    },
  ],
  services: [
    {
      id: 'edge-proxy',
      identity: '001.edge-proxy.edge-node-01.trusted.domain',
      generation: 'older',
      how: 'daemon',
    },
    { id: 'web-app', identity: '001.web-app.web-01.trusted.domain', generation: 'older', how: 'docker' },
    { id: 'remote-db', identity: '002.remote-db.db-01.trusted.domain', generation: 'older', how: 'remote' },
  ],
  servers: [
    {
      name: 'OpenBao',
      version: owned ? '2.7.2' : '2.6.2',
      address: 'http://localhost:8200',
      state: message('adopt.server.open', { storage: owned ? 'raft' : 'file' }),
    },
    { name: 'step-ca', address: 'https://localhost:9000', state: message('adopt.server.silent') },
  ],
  oddities: owned
    ? []
    : [
        {
          id: 'file-storage',
          severity: 'critical',
          what: `${root}/openbao/file`,
          text: message('adopt.text.file_storage', { version: '2.6.2' }),
          remedy: {
            kind: 'adopt.storage',
            input: { storage: `${root}/openbao/file` },
            label: message('adopt.remedy.storage'),
          },
        },
        {
          id: 'summary:init-summary.json',
          severity: 'critical',
          what: 'init-summary.json',
          text: message('adopt.text.summary'),
        },
        {
          id: 'infra-secret-id:stepca',
          severity: 'critical',
          what: `${root}/secrets/openbao/stepca/secret_id`,
          text: message('drift.detail.secret_id_gone', { agent: 'stepca' }),
          remedy: {
            kind: 'rotate.approle-secret-id',
            input: { ids: [], infra: ['stepca'] },
            label: message('adopt.remedy.new_secret_id'),
          },
        },
        {
          id: 'bundle:ca',
          severity: 'critical',
          what: `${root}/certs/ca-bundle.pem`,
          text: message('drift.detail.no_anchor', { count: 1 }),
          diff: '--- certs/ca-bundle.pem\n+++ certs/ca-bundle.pem\n@@ -1,2 +1,3 @@\n -----END CERTIFICATE-----\n+-----BEGIN CERTIFICATE-----\n',
          remedy: { kind: 'drift.mend', input: { ids: ['bundle:ca'] }, label: message('drift.mend') },
        },
        {
          id: 'agent:stepca',
          severity: 'warning',
          what: `${root}/secrets/openbao/stepca/agent.hcl`,
          text: message('drift.detail.deletes_secret_id'),
          remedy: { kind: 'drift.mend', input: { ids: ['agent:stepca'] }, label: message('drift.mend') },
        },
        {
          id: 'absent',
          severity: 'notice',
          what: `${root}/agent.toml`,
          text: message('adopt.text.absent', { keys: 'email, server, domain, acme' }),
        },
        {
          id: 'mode:state.json',
          severity: 'notice',
          what: 'state.json',
          text: message('adopt.text.state_mode', { mode: '0644' }),
          remedy: {
            kind: 'drift.mend',
            input: { ids: ['mode:state.json'] },
            label: message('adopt.remedy.close_state'),
          },
        },
      ],
  changes: [message('adopt.change.nothing'), message('adopt.change.console')],
  ...(owned
    ? {
        kept: {
          storage: `${root}/openbao/file`,
          backup: `${root}/openbao/file-storage-backup-20261201012726-f7123b84`,
          at: now - 3_600_000,
        },
      }
    : {}),
});
