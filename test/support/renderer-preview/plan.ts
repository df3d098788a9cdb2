import type { Plan } from '../../../shared/contract/operations.ts';

const diff = `--- /dev/null
+++ agents/edge-proxy/agent.toml
@@ -0,0 +1,8 @@
+[acme]
+directory_url = "https://127.0.0.1:9000/acme/acme/directory"
+
+[[profiles]]
+service_name = "edge-proxy"
-secret_id = •••• sha256:ab12cd34
+secret_id = •••• sha256:cd34ab12
+paths = { cert = "certs/edge-proxy.crt", key = "certs/edge-proxy.key" }
`;

/** A plan with every kind of effect. */
export const planOf = (kind: string): Plan => ({
  kind,
  title: { key: 'services.add.title' },
  summary: { key: 'setup.settingsWhy' },
  steps: [
    {
      id: 'files',
      title: { key: 'plan.group.file' },
      undoable: true,
      effects: [
        { kind: 'file', path: 'agents/edge-proxy/agent.toml', action: 'create', mode: '0600', diff },
        { kind: 'file', path: 'state.json', action: 'change', mode: '0600', diff },
        { kind: 'file', path: 'secrets/services/edge-proxy/secret_id', action: 'create', mode: '0600' },
      ],
    },
    {
      id: 'openbao',
      title: { key: 'plan.group.openbao' },
      undoable: false,
      effects: [
        {
          kind: 'openbao',
          what: 'policy',
          path: 'bootroot-service-edge-proxy',
          action: 'create',
          detail: 'path "secret/data/bootroot/services/edge-proxy" {\n  capabilities = ["read"]\n}',
        },
        {
          kind: 'openbao',
          what: 'approle',
          path: 'auth/approle/role/bootroot-service-edge-proxy',
          action: 'create',
        },
        {
          kind: 'openbao',
          what: 'kv',
          path: 'secret/bootroot/services/edge-proxy/http_responder_hmac',
          action: 'create',
        },
      ],
    },
    {
      id: 'rest',
      title: { key: 'services.prove' },
      undoable: true,
      effects: [
        { kind: 'database', action: 'create', name: 'stepca' },
        { kind: 'process', name: 'step-ca', action: 'restart' },
        { kind: 'download', name: 'step-ca', version: '0.30.2', how: 'go install' },
        { kind: 'certificate', subject: 'edge-proxy', names: ['001.edge-proxy.edge-node-01.trusted.domain'] },
        { kind: 'touches', who: 'web-app', note: { key: 'status.pending' } },
      ],
    },
  ],
  preconditions: [
    { id: 'sealed', title: { key: 'openbao.isUnsealed' }, met: true },
    {
      id: 'login',
      title: { key: 'openbao.session' },
      met: true,
      detail: { key: 'openbao.sessionState.live' },
    },
  ],
  secretInputs:
    kind === 'service.remove'
      ? [{ name: 'passphrase', label: { key: 'ceremony.passphraseLabel' }, minLength: 12, fresh: true }]
      : [],
  confirm: {
    verb: { key: 'palette.addService' },
    ...(kind === 'service.remove' ? { typed: 'edge-proxy' } : {}),
  },
  digest: 'd1',
});
