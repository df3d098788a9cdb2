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

/** responder.toml as the tools write it. */
const configText = ({ ports, topology }: SetupContext, hmac: string): string =>
  [
    `listen_addr = "${topology.inside.responder(ports.now).challenge}"`,
    `admin_addr = "${topology.inside.responder(ports.now).admin}"`,
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
  const own = topology.servers.filter((id) => id === 'resolver' || id === 'responder');
  return {
    id: 'responder',
    title: message('setup.step.responder'),
    effects: [
      { kind: 'openbao', path: `${kvMount}/${path}`, action: 'create', what: 'kv', detail: 'value' },
      { kind: 'file', path: paths.responderConfig, action: 'create', mode: '0600' },
      ...own.map((name) => ({ kind: 'process' as const, name, action: 'start' as const })),
    ],
    async check() {
      for (const id of own) if (!(await topology.isReady(id))) return false;
      return true;
    },
    async apply(run) {
      await ensureDirectory(dirname(paths.responderConfig), { mode: 0o700 });
      const hmac = await secret(context, run);
      if (own.includes('resolver'))
        await context.ports.start('resolver', run, () => topology.writeResolverConfig());
      await context.ports.start('responder', run, () =>
        writeFileAtomic(paths.responderConfig, configText(context, hmac), { mode: 0o600 }),
      );
    },
    async undo() {
      for (const id of [...own].reverse()) await topology.stopServer(id);
      await removeFile(paths.responderConfig);
    },
  };
}
