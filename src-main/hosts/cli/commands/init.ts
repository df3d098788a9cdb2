import path from 'node:path';
import type { PortField, SetupLocal } from '../../../../shared/contract/setup.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { CoreContext, Registry } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';
import { wholeNumber } from '../numbers.ts';

interface InitOptions {
  readonly topology?: string;
  readonly instance?: string;
  readonly imagesFile?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly domain?: string;
  readonly shares?: string;
  readonly threshold?: string;
  readonly custodian?: readonly string[];
  readonly openbaoPort?: string;
  readonly openbaoClusterPort?: string;
  readonly postgresPort?: string;
  readonly stepcaPort?: string;
  readonly acmeHttpPort?: string;
  readonly responderPort?: string;
  readonly resolverPort?: string;
  readonly caName?: string;
  readonly caKeyType?: string;
  readonly caPathLength?: string;
  readonly rootYears?: string;
  readonly intermediateYears?: string;
  readonly permittedName?: readonly string[];
  readonly leafHours?: string;
  readonly eabKid?: string;
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

const number = (text: string | undefined, flag: string): number | undefined =>
  text === undefined ? undefined : wholeNumber(text, flag, 0, 65_535);

/** Values that were said, laid over the defaults of this machine. */
function said<T extends object>(defaults: T, values: { [K in keyof T]?: unknown }): T {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

/** Ports that no flag names: only those may be exchanged when somebody else takes one first. */
function leftToUs(
  proposed: SetupLocal['proposedPorts'],
  options: InitOptions,
): NonNullable<SetupLocal['proposedPorts']> {
  const said: Readonly<Record<PortField, string | undefined>> = {
    'openbao.port': options.openbaoPort,
    'openbao.clusterPort': options.openbaoClusterPort,
    'postgres.port': options.postgresPort,
    'stepca.port': options.stepcaPort,
    'stepca.acmeHttpPort': options.acmeHttpPort,
    'responder.adminPort': options.responderPort,
    'resolver.port': options.resolverPort,
  };
  return Object.fromEntries(
    Object.entries(proposed ?? {}).filter(([field]) => said[field as PortField] === undefined),
  );
}

/** Flags over defaults. The contract's schema checks the whole in the core. */
export function setupInput(defaults: SetupLocal, options: InitOptions): SetupLocal {
  const { openbao, postgres, stepca, responder, resolver, ca } = defaults;
  const top = said(defaults, {
    name: options.name,
    kind: options.kind,
    domain: options.domain,
    custodians: options.custodian,
    eab: options.eabKid === undefined ? undefined : { kid: options.eabKid },
    proposedPorts: leftToUs(defaults.proposedPorts, options),
  });
  return {
    ...top,
    openbao: said(openbao, {
      shares: number(options.shares, '--shares'),
      threshold: number(options.threshold, '--threshold'),
      port: number(options.openbaoPort, '--openbao-port'),
      clusterPort: number(options.openbaoClusterPort, '--openbao-cluster-port'),
    }),
    postgres: said(postgres, { port: number(options.postgresPort, '--postgres-port') }),
    stepca: said(stepca, {
      port: number(options.stepcaPort, '--stepca-port'),
      acmeHttpPort: number(options.acmeHttpPort, '--acme-http-port'),
    }),
    responder: said(responder, { adminPort: number(options.responderPort, '--responder-port') }),
    resolver: said(resolver, { port: number(options.resolverPort, '--resolver-port') }),
    ca: said(ca, {
      name: options.caName,
      keyType: options.caKeyType,
      pathLength: number(options.caPathLength, '--ca-path-length'),
      rootYears: number(options.rootYears, '--root-years'),
      intermediateYears: number(options.intermediateYears, '--intermediate-years'),
      permittedNames: options.permittedName,
      leafHours: number(options.leafHours, '--leaf-hours'),
    }),
  };
}

/** The set-up that makes servers of this kind. */
export function setupKind(topology = 'local'): 'setup.local' | 'setup.compose' {
  if (topology !== 'local' && topology !== 'compose')
    throw new ConsoleError('cli_usage', { problem: `--topology ${topology.slice(0, 40)}` });
  return `setup.${topology}`;
}

async function init(
  context: CoreContext,
  workDir: string | undefined,
  options: InitOptions,
): Promise<ExitCode> {
  const { client, operation } = context;
  const kind = setupKind(options.topology);
  const defaults = await client.call('setup.defaults', workDir === undefined ? {} : { path: workDir });
  const { instance, imagesFile } = options;
  const input = {
    ...setupInput(defaults, options),
    ...(instance === undefined ? {} : { instance }),
    ...(imagesFile === undefined ? {} : { imagesFile: path.resolve(imagesFile) }),
  };
  return runOperation(kind, input, operation);
}

export function registerInit({ program, plain, withCore, say }: Registry): void {
  const flag = (name: string): string => say('cli.init.flag', { name });
  const command = program
    .command('init')
    .description(say('cli.init.description'))
    .option('--topology <local|compose>', say('cli.init.topology'))
    .option('--instance <name>', say('cli.init.instance'))
    .option('--images-file <file>', say('cli.init.images_file'))
    .option('--name <name>', flag('name'))
    .option('--kind <lab|production>', say('cli.init.kind'))
    .option('--domain <domain>', flag('domain'))
    .option('--shares <n>', flag('openbao.shares'))
    .option('--threshold <n>', flag('openbao.threshold'))
    .option('--custodian <name>', say('cli.init.custodian'), collect)
    .option('--openbao-port <n>', flag('openbao.port'))
    .option('--openbao-cluster-port <n>', flag('openbao.clusterPort'))
    .option('--postgres-port <n>', flag('postgres.port'))
    .option('--stepca-port <n>', flag('stepca.port'))
    .option('--acme-http-port <n>', say('cli.init.acme_http'))
    .option('--responder-port <n>', flag('responder.adminPort'))
    .option('--resolver-port <n>', flag('resolver.port'))
    .option('--ca-name <name>', flag('ca.name'))
    .option('--ca-key-type <type>', flag('ca.keyType'))
    .option('--ca-path-length <n>', flag('ca.pathLength'))
    .option('--root-years <n>', flag('ca.rootYears'))
    .option('--intermediate-years <n>', flag('ca.intermediateYears'))
    .option('--permitted-name <suffix>', flag('ca.permittedNames'), collect)
    .option('--leaf-hours <n>', flag('ca.leafHours'))
    .option('--eab-kid <kid>', flag('eab.kid'));
  // The directory is not an installation yet, so it is not opened: the operation makes it one.
  plain<InitOptions>(command, (context, options) =>
    withCore({ ...context, workDir: undefined }, (core) => init(core, context.workDir, options)),
  );
}
