import type { Oddity } from '../../../../shared/contract/adopt.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';

async function look({ client, printer }: CoreContext): Promise<ExitCode> {
  const report = await client.call('adopt.look', {});
  const { say } = printer;
  printer.line(`${report.path}: ${say(`adopt.generation.name.${report.generation}`)}`);
  printer.line(say(report.owned ? 'adopt.owned.text' : 'adopt.read_only.text'));
  for (const { name, version = '-', state, address } of report.servers)
    printer.line(`  ${name} ${version} ${address}: ${printer.text(state)}`);
  for (const { id, identity, how, generation } of report.services)
    printer.line(
      `  ${id} (${identity}): ${say(`adopt.how.${how}`)}, ${say(`adopt.generation.name.${generation}`)}`,
    );
  for (const { path, what, generation } of report.objects)
    printer.line(`  ${printer.text(what)} ${path}: ${say(`adopt.generation.name.${generation}`)}`);
  for (const { id, severity, what, text, remedy } of report.oddities) {
    printer.line(`${severity.padEnd(8)} ${what}`);
    printer.line(`         ${printer.text(text)}`);
    if (remedy !== undefined) printer.line(`         ${printer.text(remedy.label)}: adopt mend ${id}`);
  }
  const critical = report.oddities.filter(({ severity }) => severity === 'critical').length;
  printer.line(say('cli.adopt.summary', { count: report.oddities.length, critical }));
  if (!report.owned) for (const change of report.changes) printer.line(printer.text(change));
  printer.result({ ok: critical === 0, ...report });
  return critical === 0 ? exitCodes.done : exitCodes.failed;
}

/** Remedies of one kind are one operation, their lists put together. */
function togetherBy(oddities: readonly Oddity[]): ReadonlyMap<string, Record<string, unknown>> {
  const found = new Map<string, Record<string, unknown>>();
  for (const { remedy } of oddities) {
    if (remedy === undefined) continue;
    const input = { ...found.get(remedy.kind) };
    for (const [key, value] of Object.entries(remedy.input)) {
      const known: unknown = input[key];
      input[key] =
        Array.isArray(value) && Array.isArray(known)
          ? [...new Set([...(known as unknown[]), ...(value as unknown[])])]
          : value;
    }
    found.set(remedy.kind, input);
  }
  return found;
}

/** One remedy after another; those that drift mends are one operation. */
async function mend({ client, printer, operation }: CoreContext, ids: readonly string[]): Promise<ExitCode> {
  const { oddities } = await client.call('adopt.look', {});
  const chosen =
    ids.length === 0
      ? oddities.filter(({ remedy, severity }) => remedy?.kind === 'drift.mend' && severity !== 'notice')
      : ids.map((id) => {
          const found = oddities.find((one) => one.id === id && one.remedy !== undefined);
          if (found === undefined) throw new ConsoleError('drift_unknown', { what: id });
          return found;
        });
  const drifted = chosen.filter(({ remedy }) => remedy?.kind === 'drift.mend');
  const others = chosen.filter(({ remedy }) => remedy?.kind !== 'drift.mend');
  if (chosen.length === 0) {
    printer.line(printer.say('drift.nothing'));
    printer.result({ ok: true, ids: [] });
    return exitCodes.done;
  }
  if (drifted.length > 0) {
    const input = { ids: drifted.map(({ id }) => id) };
    const code = await runOperation('drift.mend', input, operation);
    if (code !== exitCodes.done || others.length === 0) return code;
  }
  let code: ExitCode = exitCodes.done;
  for (const [kind, input] of togetherBy(others)) {
    code = await runOperation(kind, input, operation);
    if (code !== exitCodes.done) return code;
  }
  return code;
}

interface StorageOptions {
  readonly storage?: string;
  readonly config?: string;
  readonly clusterPort?: string;
  readonly elsewhere?: boolean;
  readonly raft?: string;
  readonly raftInside?: string;
}

/** Where the storage lies is what `look` found, unless it is said. */
async function toRaft(context: CoreContext, options: StorageOptions): Promise<ExitCode> {
  const { oddities } = await context.client.call('adopt.look', {});
  const found = oddities.find(({ id }) => id === 'file-storage')?.remedy?.input ?? {};
  const { clusterPort, ...paths } = options;
  const port = clusterPort === undefined ? {} : { clusterPort: Number(clusterPort) };
  return runOperation('adopt.storage', { ...found, ...paths, ...port }, context.operation);
}

/** `adopt look | take-over | mend | storage | storage-confirm | storage-back | newer | start | stop` */
export function registerAdopt({ program, core, say }: Registry): void {
  const adopt = program.command('adopt').description(say('cli.adopt.description'));
  core(adopt.command('look').description(say('cli.adopt.look')), look);
  core(adopt.command('mend [ids...]').description(say('cli.adopt.mend')), (context, _options, ids) =>
    mend(context, ids),
  );
  core<StorageOptions>(
    adopt
      .command('storage')
      .description(say('cli.adopt.storage'))
      .option('--storage <dir>', say('cli.adopt.storage.dir'))
      .option('--config <file>', say('cli.adopt.storage.config'))
      .option('--cluster-port <port>', say('cli.adopt.storage.cluster_port'))
      .option('--elsewhere', say('cli.adopt.storage.elsewhere'))
      .option('--raft <dir>', say('cli.adopt.storage.raft'))
      .option('--raft-inside <dir>', say('cli.adopt.storage.raft_inside')),
    toRaft,
  );
  const word = (name: string, text: string, kind: string, input: object = {}): void =>
    core(adopt.command(name).description(text), ({ operation }) => runOperation(kind, input, operation));
  word('take-over', say('cli.adopt.take_over'), 'adopt.take-over');
  word('storage-confirm', say('cli.adopt.confirm'), 'adopt.storage-confirm');
  word('storage-back', say('cli.adopt.back'), 'adopt.storage-back');
  word('newer', say('cli.adopt.newer'), 'adopt.generation');
  word('start', say('cli.adopt.start'), 'adopt.openbao', { action: 'start' });
  word('stop', say('cli.adopt.stop'), 'adopt.openbao', { action: 'stop' });
}
