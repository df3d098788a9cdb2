import { dirname } from 'node:path';
import type { Effect } from '../../shared/contract/operations.ts';
import { buildDsn, parseDsn, type Dsn } from '../postgres/dsn.ts';
import { caDsn, parseCaConfig } from '../workspace/ca-json.ts';
import { ensureDirectory, readTextFileIfPresent, writeFileAtomic } from '../workspace/atomic.ts';
import { unifiedDiff } from '../workspace/diff.ts';
import { ConsoleError } from '../../shared/errors.ts';
import type { MoveContext, Move } from './context.ts';
import { movedAgent, movedCaConfig, movedCaTemplate, movedResponder, type Ends } from './configs.ts';

/** How the servers see the installation on either side. Ports of this host stay what they are. */
export const endsOf = ({ topologies, services }: MoveContext, { from, to, old }: Move): Ends => ({
  from: { inside: topologies[from].inside, ports: old.ports },
  to: { inside: topologies[to].inside, ports: old.ports },
  secrets: services.paths.secrets,
});

/** step-ca's DSN with the address by which it will call the database. */
export function movedDsn(dsn: Dsn, { to }: Ends): Dsn {
  return { ...dsn, ...to.inside.database(to.ports) };
}

interface Moved {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Each configuration file that names paths or addresses, as it is and as it will be. Those that are not there are left out. */
export async function movedFiles(context: MoveContext, move: Move): Promise<readonly Moved[]> {
  const { paths } = context.services;
  const ends = endsOf(context, move);
  const found: Moved[] = [];
  const add = async (path: string, change: (text: string) => string): Promise<string> => {
    const before = await readTextFileIfPresent(path);
    if (before === undefined) return '';
    const after = change(before);
    if (after !== before) found.push({ path, before, after });
    return after;
  };
  const dsn = buildDsn(movedDsn(await currentDsn(context), ends));
  const config = await add(paths.caConfig, (text) => movedCaConfig(text, paths.caConfig, ends, dsn));
  await add(paths.template('ca.json'), (text) => movedCaTemplate(text, config, dsn));
  await add(paths.responderConfig, (text) => movedResponder(text, ends));
  await add(paths.template('responder.toml'), (text) => movedResponder(text, ends));
  for (const agent of ['stepca', 'responder'] as const)
    await add(paths.infraAgent(agent, 'agent.hcl'), (text) => movedAgent(text, ends));
  return found;
}

/** What step-ca connects with now. Throws `rotation_no_dsn`. */
export async function currentDsn({ services }: MoveContext): Promise<Dsn> {
  const path = services.paths.caConfig;
  const text = caDsn(parseCaConfig((await readTextFileIfPresent(path)) ?? '{}', path));
  if (text === undefined) throw new ConsoleError('rotation_no_dsn', { path });
  return parseDsn(text);
}

export async function writeMovedFiles(context: MoveContext, move: Move): Promise<void> {
  for (const { path, after } of await movedFiles(context, move)) {
    await ensureDirectory(dirname(path), { mode: 0o700 });
    await writeFileAtomic(path, after, { mode: 0o600 });
  }
}

/** Their differences for the plan, without the secrets in them. */
export async function fileEffects(context: MoveContext, move: Move): Promise<Effect[]> {
  const files = await movedFiles(context, move);
  const { password = '' } = await currentDsn(context);
  const hmac = files.map(({ before }) => /^hmac_secret\s*=\s*"([^"{]+)"/m.exec(before)?.[1]);
  const secrets = [password, encodeURIComponent(password), ...hmac].filter(
    (secret): secret is string => secret !== undefined && secret !== '',
  );
  return files.map(({ path, before, after }) => ({
    kind: 'file',
    path,
    action: 'change',
    diff: unifiedDiff(before, after, { path, secrets }),
  }));
}

/** Every file that a move writes or makes, on either side. */
export const touchedFiles = ({ services: { paths }, topologies }: MoveContext): readonly string[] => {
  const { compose, local } = topologies;
  return [
    paths.caConfig,
    paths.responderConfig,
    paths.template('ca.json'),
    paths.template('responder.toml'),
    paths.infraAgent('stepca', 'agent.hcl'),
    paths.infraAgent('responder', 'agent.hcl'),
    compose.files.composeFile,
    compose.files.env,
    compose.files.agentOverride,
    compose.files.responderOverride,
    compose.files.openbaoConfig,
    local.files.openbaoConfig,
    local.files.resolverConfig,
    local.files.layout,
  ];
};
