import path from 'node:path';
import type { Command } from 'commander';
import type { Containers } from '../../../../shared/contract/containers.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';

async function containersNow({ client }: Pick<CoreContext, 'client'>): Promise<Containers | undefined> {
  for await (const picture of client.open('containers.watch', {})) return picture;
  return undefined;
}

/** Exit code 1 while one of them needs somebody. */
async function showContainers(context: CoreContext): Promise<ExitCode> {
  const { printer } = context;
  const picture = await containersNow(context);
  if (picture === undefined) printer.line(printer.say('cli.infra.no_containers'));
  if (picture?.problem !== undefined) printer.line(printer.text(picture.problem));
  for (const container of picture?.containers ?? []) {
    const { name, state, image, restartPolicy = '-', problem, memoryBytes } = container;
    const memory = memoryBytes === undefined ? '' : `${Math.round(memoryBytes / 1_048_576)} MiB`;
    const words = [
      name.padEnd(36),
      printer.say(`containers.state.${state}`).padEnd(14),
      restartPolicy.padEnd(15),
      memory.padStart(9),
      image,
    ];
    printer.line(words.join('  ').trimEnd());
    if (problem !== undefined) printer.line(`    ${printer.text(problem)}`);
  }
  const ok =
    picture?.problem === undefined &&
    (picture?.containers ?? []).every(({ problem }) => problem === undefined);
  printer.result({ ok, ...picture });
  return ok ? exitCodes.done : exitCodes.failed;
}

/** Exit code 1 when something differs. */
async function showDifferences({ client, printer }: CoreContext): Promise<ExitCode> {
  const differences = await client.call('containers.differences', {});
  if (differences.length === 0) printer.line(printer.say('cli.infra.same'));
  for (const { name, missing, fields } of differences) {
    printer.line(printer.say(missing ? 'containers.wouldMake' : 'containers.differs', { container: name }));
    for (const { field, running, planned } of fields) {
      printer.line(`  ${printer.say(`topology.difference.${field}`)}`);
      for (const line of running.split('\n')) printer.line(`    - ${line}`);
      for (const line of planned.split('\n')) printer.line(`    + ${line}`);
    }
  }
  const ok = differences.length === 0;
  printer.result({ ok, differences });
  return ok ? exitCodes.done : exitCodes.failed;
}

/** All that stay down after a boot; nothing to do is done. */
async function mendPolicies(context: CoreContext): Promise<ExitCode> {
  const { operation, printer } = context;
  const picture = await containersNow(context);
  const lacking = (picture?.containers ?? []).filter(
    ({ state, comesBack }) => state !== 'missing' && !comesBack,
  );
  if (lacking.length > 0)
    return runOperation(
      'containers.mend-policies',
      { containers: lacking.map(({ name }) => name) },
      operation,
    );
  printer.result({ ok: true });
  return exitCodes.done;
}

/** The words of `infra` for an installation in containers. */
export function registerContainers({ core, say }: Registry, infra: Command): void {
  core(infra.command('containers').description(say('cli.infra.containers')), showContainers);
  core(infra.command('diff').description(say('cli.infra.diff')), showDifferences);
  core(infra.command('mend-policies').description(say('cli.infra.mend_policies')), mendPolicies);
  core(
    infra.command('recreate <service>').description(say('cli.infra.recreate')),
    ({ operation }, _options, [service = '']) => runOperation('containers.recreate', { service }, operation),
  );
  core(
    infra.command('load-images <file>').description(say('cli.infra.load_images')),
    ({ operation }, _options, [file = '']) =>
      runOperation('containers.load-images', { file: path.resolve(file) }, operation),
  );
  core(
    infra.command('restart [servers...]').description(say('cli.infra.restart')),
    ({ operation }, _options, servers) =>
      runOperation('infra.restart', servers.length === 0 ? {} : { servers }, operation),
  );
}
