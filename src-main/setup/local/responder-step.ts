import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { message } from '../../../shared/message.ts';
import type { Run, Step } from '../../operations/types.ts';
import { ensureDirectory, removeFile, writeFileAtomic } from '../../workspace/atomic.ts';
import { kvMount, rootClient, type SetupContext } from './context.ts';

const path = 'bootroot/responder/hmac';

async function secret(context: SetupContext, run: Run): Promise<string> {
  const root = await rootClient(context, run);
  const value = (await root.kv.read(path))?.data['value'];
  if (typeof value === 'string') return value;
  const made = randomBytes(32).toString('hex');
  await root.kv.write(path, { value: made });
  return made;
}

/** responder.toml as the tools write it; both listeners on loopback, because step-ca runs on this computer. */
const configText = ({ ports }: SetupContext, hmac: string): string =>
  [
    `listen_addr = "127.0.0.1:${ports.now.acmeHttp}"`,
    `admin_addr = "127.0.0.1:${ports.now.responderAdmin}"`,
    `hmac_secret = "${hmac}"`,
    'token_ttl_secs = 300',
    'max_token_ttl_secs = 900',
    'cleanup_interval_secs = 30',
    'max_skew_secs = 60',
    '',
  ].join('\n');

/** The secret is in OpenBao first, then in responder.toml; then the name server and the responder are started. */
export function responderStep(context: SetupContext): Step {
  const { topology, paths } = context;
  return {
    id: 'responder',
    title: message('setup.step.responder'),
    effects: [
      { kind: 'openbao', path: `${kvMount}/${path}`, action: 'create', what: 'kv', detail: 'value' },
      { kind: 'file', path: paths.responderConfig, action: 'create', mode: '0600' },
      { kind: 'process', name: 'resolver', action: 'start' },
      { kind: 'process', name: 'responder', action: 'start' },
    ],
    check: async () => (await topology.isReady('resolver')) && (await topology.isReady('responder')),
    async apply(run) {
      await ensureDirectory(dirname(paths.responderConfig), { mode: 0o700 });
      const hmac = await secret(context, run);
      await context.ports.start('resolver', run, () => topology.writeResolverConfig());
      await context.ports.start('responder', run, () =>
        writeFileAtomic(paths.responderConfig, configText(context, hmac), { mode: 0o600 }),
      );
    },
    async undo() {
      await topology.stopServer('responder');
      await topology.stopServer('resolver');
      await removeFile(paths.responderConfig);
    },
  };
}
