import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConsoleError, isConsoleError } from '../../../../shared/errors.ts';
import { toErrorData } from '../../../operations/error-data.ts';
import type { CoreContext, Registry, CommandContext } from '../context.ts';
import { exitCodes, exitCodeOfError, type ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';
import { readIssued } from '../issued-chain.ts';
import { isProved, ladderLines } from './service.ts';
import { serversNow } from './infra.ts';
import { setupKind } from './init.ts';

type SetupKind = ReturnType<typeof setupKind>;

interface DemoOptions {
  readonly keep?: string;
  readonly topology?: string;
}

const serviceName = 'edge-proxy';

/** Runs one operation without a question and throws what stopped it. */
async function mustRun(context: CoreContext, kind: string, input: unknown): Promise<void> {
  const { operation, printer } = context;
  const quiet = { ...printer, result: () => undefined };
  const code = await runOperation(kind, input, { ...operation, yes: true, dryRun: false, printer: quiet });
  if (code !== exitCodes.done) throw new ConsoleError('cli_demo_failed', { kind });
}

/** Installation, service and proof in `directory`, on real servers; answers the one line of the demo. */
async function runDemo(
  context: CoreContext,
  directory: string,
  kind: SetupKind,
  startedAt: number,
): Promise<Record<string, unknown>> {
  const { client, printer } = context;
  printer.note(printer.say('cli.demo.installing', { directory }));
  const defaults = await client.call('setup.defaults', { path: directory });
  // A name of its own: containers of a real installation may be on this host.
  const instance = `bootroot-demo-${randomBytes(3).toString('hex')}`;
  await mustRun(context, kind, kind === 'setup.compose' ? { ...defaults, instance } : defaults);
  await client.call('workspaces.open', { path: directory });
  printer.note(printer.say('cli.demo.adding', { name: serviceName }));
  await mustRun(context, 'service.add', await client.call('services.defaults', { serviceName }));
  printer.note(printer.say('cli.demo.proving'));
  const service = await client.call('services.prove', { id: serviceName });
  for (const line of ladderLines(service, context)) printer.note(line);
  const servers = await serversNow(context);
  const trusted = service.ladder.find(({ rung }) => rung === 'trusted');
  return {
    ok: isProved(service),
    service: service.id,
    ...(await readIssued(service)),
    handshake: (trusted?.evidence ?? []).map((evidence) => printer.text(evidence)),
    servers: Object.fromEntries(servers.map(({ name, version, state }) => [name, version ?? state])),
    seconds: Math.round((Date.now() - startedAt) / 100) / 10,
  };
}

/** Servers stop; containers whose directory is about to go are removed with their volumes. */
async function endInfra({ console }: CoreContext, kept: boolean): Promise<void> {
  await console.stopInfra();
  if (!kept) await console.workspace?.topologies.compose.discard();
}

async function demo(
  context: CoreContext,
  directory: string,
  kind: SetupKind,
  kept: boolean,
): Promise<ExitCode> {
  const startedAt = Date.now();
  const { stdout } = context.terminal;
  const answer = (result: Record<string, unknown>): void => void stdout.write(`${JSON.stringify(result)}\n`);
  try {
    const result = await runDemo(context, directory, kind, startedAt);
    await endInfra(context, kept);
    answer(result);
    return result['ok'] === true ? exitCodes.done : exitCodes.failed;
  } catch (error) {
    const data = toErrorData(error);
    context.printer.error(data);
    await endInfra(context, kept).catch((late: unknown) => context.printer.error(toErrorData(late)));
    if (!context.printer.json) answer({ ok: false, error: data.code, detail: data.detail ?? '' });
    return isConsoleError(error, 'cancelled') ? exitCodeOfError(error) : exitCodes.failed;
  }
}

export function registerDemo({ program, plain, withCore, say }: Registry): void {
  const command = program
    .command('demo')
    .description(say('cli.demo.description'))
    .option('--keep <dir>', say('cli.demo.keep'))
    .option('--topology <local|compose>', say('cli.init.topology'));
  plain<DemoOptions>(command, async (context: CommandContext, { keep, topology }) => {
    const kind = setupKind(topology);
    const directory =
      keep === undefined ? await mkdtemp(path.join(tmpdir(), 'bootroot-demo-')) : path.resolve(keep);
    try {
      return await withCore({ ...context, workDir: undefined }, (core) =>
        demo(core, directory, kind, keep !== undefined),
      );
    } finally {
      if (keep === undefined) await rm(directory, { recursive: true, force: true });
    }
  });
}
