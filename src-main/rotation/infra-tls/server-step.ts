import type { Effect } from '../../../shared/contract/operations.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Run, Step } from '../../operations/types.ts';
import type { ServicesContext } from '../../services/context.ts';
import { sha256 } from '../../tls/certificates.ts';
import type { HandshakeResult } from '../../tls/handshake.ts';
import { updateState } from '../../workspace/state.ts';
import { freshPair, leafOf, namesOf, readPair, trustOf, writePair, type PairText } from './pair.ts';
import { servedBy } from './served.ts';
import type { InfraPair, InfraServer, InfraServerId } from './servers.ts';

export interface InfraTlsContext {
  readonly services: ServicesContext;
  /** SIGHUP; false when the server does not run. Never a restart: OpenBao would be sealed by it (failure mode C5). */
  reload(id: InfraServerId): Promise<boolean>;
  /** OpenBao Agents of this installation sign in anew, and are seen to. Absent where it has none of its own. */
  readonly signInAgain?: (run: Run) => Promise<void>;
}

/** How long a server may take to show the new certificate, milliseconds. */
const patienceMs = 10_000;
/** Keys of `infra_certs` in state.json; the tools know no other. */
const stateKeys: Partial<Record<InfraServerId, string>> = {
  openbao: 'openbao',
  responder: 'bootroot-http01',
};

const staged = async (run: Run, name: string): Promise<PairText | undefined> => {
  const text = await run.stage.read(name);
  return text === undefined ? undefined : (JSON.parse(text) as PairText);
};

/** The name by which the server is asked: its address where the certificate has it. */
const nameOf = ({ host }: InfraPair, pair: PairText): string => {
  const names = namesOf(leafOf(pair));
  return names.includes(host) ? host : (names[0] ?? host);
};

/** What the server shows, once it shows this pair or the patience is over. */
async function untilServed(
  context: InfraTlsContext,
  { id, pair }: Required<InfraServer>,
  wanted: PairText,
): Promise<HandshakeResult> {
  const ca = await trustOf(context.services);
  const name = nameOf(pair, wanted);
  const expected = sha256(leafOf(wanted));
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const seen = await servedBy(id, pair, ca, name);
    if (seen.served?.sha256 === expected || Date.now() > deadline) return seen;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Writes, reloads, and answers what is served then. Throws `infra_tls_not_running`, `infra_tls_sealed`. */
async function swap(
  context: InfraTlsContext,
  server: Required<InfraServer>,
  wanted: PairText,
): Promise<HandshakeResult> {
  await writePair(server.pair, wanted);
  if (!(await context.reload(server.id)))
    throw new ConsoleError('infra_tls_not_running', { name: server.id });
  const seen = await untilServed(context, server, wanted);
  if (server.id === 'openbao' && (await context.services.openbao.sealStatus()).sealed)
    throw new ConsoleError('infra_tls_sealed');
  return seen;
}

/** What state.json says of the pair; only where the tools have an entry, and only of what was seen live (failure mode C6). */
async function commit(context: InfraTlsContext, id: InfraServerId, pair: PairText): Promise<void> {
  const key = stateKeys[id];
  const leaf = leafOf(pair);
  await updateState(
    context.services.paths.state,
    (draft) => {
      const entry = key === undefined ? undefined : draft.infra_certs?.[key];
      if (entry === undefined) return;
      entry.issued_at = new Date(leaf.validFrom).toISOString();
      entry.expires_at = new Date(leaf.validTo).toISOString();
    },
    { holder: 'rotate' },
  );
}

async function change(context: InfraTlsContext, server: Required<InfraServer>, run: Run): Promise<void> {
  const { id, pair } = server;
  const before = await readPair(pair);
  if (before === undefined) throw new ConsoleError('file_missing', { path: pair.certPath });
  const old = await run.stage.once(`before-${id}`, () => JSON.stringify(before));
  const oldPair = JSON.parse(old) as PairText;
  const made = await run.stage.once(`pair-${id}`, async () =>
    JSON.stringify(await freshPair(context.services, oldPair)),
  );
  const fresh = JSON.parse(made) as PairText;
  const seen = await swap(context, server, fresh);
  const expected = sha256(leafOf(fresh));
  if (!seen.ok || seen.served?.sha256 !== expected) {
    // Whoever connects must find a certificate that fits its key.
    await swap(context, server, oldPair);
    throw new ConsoleError(
      'infra_tls_not_served',
      { name: id, reason: seen.refusedReason ?? 'old' },
      { ...(seen.detail === undefined ? {} : { detail: seen.detail }) },
    );
  }
  await commit(context, id, fresh);
  run.changed(`leaf ${id}`, sha256(leafOf(oldPair)), expected);
  run.prove({
    title: message('infra_tls.proof.served', { name: id }),
    outcome: 'proved',
    evidence: message('infra_tls.evidence.served', {
      fingerprint: expected.slice(0, 16),
      until: new Date(leafOf(fresh).validTo).toISOString(),
    }),
  });
  if (id !== 'openbao') return;
  run.prove({ title: message('infra_tls.proof.unsealed'), outcome: 'proved' });
  await context.signInAgain?.(run);
}

/** One server: new pair for the same names, both files, SIGHUP, and a handshake that shows the new leaf. */
export function infraServerStep(context: InfraTlsContext, server: Required<InfraServer>): Step {
  const { id, pair } = server;
  const file = (path: string): Effect => ({
    kind: 'file',
    path: pair.inside === undefined ? path : `${pair.inside.container}:${path}`,
    action: 'change',
  });
  return {
    id: `tls-${id}`,
    title: message('infra_tls.step.server', { name: id }),
    effects: [
      file(pair.certPath),
      file(pair.keyPath),
      { kind: 'process', name: id, action: 'reload', note: message('infra_tls.note.reload') },
    ],
    check: async () => false,
    apply: (run) => change(context, server, run),
    async undo(run) {
      const before = await staged(run, `before-${id}`);
      if (before === undefined) return;
      await swap(context, server, before);
      await commit(context, id, before);
      if (id === 'openbao') await context.signInAgain?.(run);
    },
  };
}
