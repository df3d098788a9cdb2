import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConsoleError, isConsoleError } from '../../../../shared/errors.ts';
import { toErrorData } from '../../../operations/error-data.ts';
import type { CoreContext, Registry, CommandContext } from '../context.ts';
import { ownServers } from '../demo/own-servers.ts';
import type { DemoPlace } from '../demo/place.ts';
import { serversElsewhere } from '../demo/servers-elsewhere.ts';
import { exitCodes, exitCodeOfError, type ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';
import { readIssued } from '../issued-chain.ts';
import { isProved, ladderLines } from './service.ts';
import { setupKind } from './init.ts';

interface DemoOptions {
  readonly keep?: string;
  readonly topology?: string;
}

/** Makes the place of a demo in a directory. */
type Scene = (context: CoreContext, directory: string) => DemoPlace;

const serviceName = 'edge-proxy';

/** Runs one operation without a question and throws what stopped it. */
async function mustRun(context: CoreContext, kind: string, input: unknown): Promise<void> {
  const { operation, printer } = context;
  const quiet = { ...printer, result: () => undefined };
  const code = await runOperation(kind, input, { ...operation, yes: true, dryRun: false, printer: quiet });
  if (code !== exitCodes.done) throw new ConsoleError('cli_demo_failed', { kind });
}

/** What runs the servers of a demo. Throws `cli_usage`. */
function sceneOf(topology: string | undefined): Scene {
  if (topology === 'external') return (context, directory) => serversElsewhere(context, directory, mustRun);
  const kind = setupKind(topology);
  return (context, directory) => ownServers(context, directory, kind, mustRun);
}

/** Installation, service and proof in `directory`, on real servers; answers the one line of the demo. */
async function runDemo(
  context: CoreContext,
  directory: string,
  place: DemoPlace,
  startedAt: number,
): Promise<Record<string, unknown>> {
  const { client, printer } = context;
  printer.note(printer.say('cli.demo.installing', { directory }));
  await place.begin();
  printer.note(printer.say('cli.demo.adding', { name: serviceName }));
  await mustRun(context, 'service.add', await client.call('services.defaults', { serviceName }));
  printer.note(printer.say('cli.demo.proving'));
  const service = await client.call('services.prove', { id: serviceName });
  for (const line of ladderLines(service, context)) printer.note(line);
  const trusted = service.ladder.find(({ rung }) => rung === 'trusted');
  return {
    ok: isProved(service),
    service: service.id,
    ...(await readIssued(service)),
    handshake: (trusted?.evidence ?? []).map((evidence) => printer.text(evidence)),
    ...(await place.show()),
    seconds: Math.round((Date.now() - startedAt) / 100) / 10,
  };
}

async function demo(
  context: CoreContext,
  directory: string,
  place: DemoPlace,
  kept: boolean,
): Promise<ExitCode> {
  const startedAt = Date.now();
  const { stdout } = context.terminal;
  const answer = (result: Record<string, unknown>): void => void stdout.write(`${JSON.stringify(result)}\n`);
  try {
    const result = await runDemo(context, directory, place, startedAt);
    await place.end(kept);
    answer(result);
    return result['ok'] === true ? exitCodes.done : exitCodes.failed;
  } catch (error) {
    const data = toErrorData(error);
    context.printer.error(data);
    await place.end(kept).catch((late: unknown) => context.printer.error(toErrorData(late)));
    if (!context.printer.json) answer({ ok: false, error: data.code, detail: data.detail ?? '' });
    return isConsoleError(error, 'cancelled') ? exitCodeOfError(error) : exitCodes.failed;
  }
}

export function registerDemo({ program, plain, withCore, say }: Registry): void {
  const command = program
    .command('demo')
    .description(say('cli.demo.description'))
    .option('--keep <dir>', say('cli.demo.keep'))
    .option('--topology <local|compose|external>', say('cli.demo.topology'));
  plain<DemoOptions>(command, async (context: CommandContext, { keep, topology }) => {
    const scene = sceneOf(topology);
    const directory =
      keep === undefined ? await mkdtemp(path.join(tmpdir(), 'bootroot-demo-')) : path.resolve(keep);
    try {
      return await withCore({ ...context, workDir: undefined }, (core) =>
        demo(core, directory, scene(core, directory), keep !== undefined),
      );
    } finally {
      if (keep === undefined) await rm(directory, { recursive: true, force: true });
    }
  });
}
