import { isAbsolute } from 'node:path';
import type { DirectoryReport } from '../../../shared/contract/workspace.ts';
import { setupLocalSchema, type FieldProblem, type SetupLocal } from '../../../shared/contract/setup.ts';
import { message } from '../../../shared/message.ts';
import type { Transport } from '../../processes/ports.ts';
import { serverTitles } from '../../topology/server-id.ts';
import { serverOfPort, transportsOf } from '../../topology/specs.ts';
import { fieldOf, isProposed, plannedPorts } from './ports.ts';

/** What the check asks the machine. */
export interface CheckWorld {
  inspect(path: string): Promise<DirectoryReport>;
  /** Whether a state.json is there: an installation that was finished once. */
  installed(path: string): Promise<boolean>;
  /** Who holds a port of loopback for one of these transports, if anybody. */
  portHolder(
    port: number,
    transports: readonly Transport[],
  ): Promise<{ process?: string; pid?: number } | undefined>;
  /** The preferred port or one that is free for all of these transports. */
  freePort(preferred: number, taken: ReadonlySet<number>, transports: readonly Transport[]): Promise<number>;
  /** The home directory of the user who will run the installation. */
  home(): Promise<string>;
}

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const isDomain = (text: string): boolean => text.split('.').every((part) => label.test(part));

const names = [
  'openbao',
  'openbaoCluster',
  'postgres',
  'stepCa',
  'acmeHttp',
  'responderAdmin',
  'resolver',
] as const;

/** Every port of the installation by its dotted field. */
export const portsOf = (input: SetupLocal): ReadonlyMap<string, number> =>
  new Map(names.map((name) => [fieldOf[name], plannedPorts(input)[name]]));

async function checkPorts(input: SetupLocal, world: CheckWorld): Promise<FieldProblem[]> {
  const ports = plannedPorts(input);
  const taken = new Set(Object.values(ports));
  const seen = new Set<number>();
  const problems: FieldProblem[] = [];
  for (const name of names) {
    const port = ports[name];
    const about = { port, server: serverTitles[serverOfPort(name)] };
    const transports = transportsOf(name);
    const twice = seen.has(port);
    const holder = twice ? undefined : await world.portHolder(port, transports);
    seen.add(port);
    if (!twice && holder === undefined) continue;
    const proposal = await world.freePort(port + 1, taken, transports);
    taken.add(proposal);
    problems.push({
      field: fieldOf[name],
      // A port that nobody asked for is exchanged before its server starts, so it is in nobody's way.
      level: !twice && isProposed(input, name) ? 'warning' : 'error',
      proposal,
      message: twice
        ? message('setup.check.port_twice', { port })
        : holder?.process === undefined
          ? message('setup.check.port_taken_unknown', about)
          : message('setup.check.port_taken', { ...about, process: holder.process, pid: holder.pid ?? 0 }),
    });
  }
  return problems;
}

async function checkPath(path: string, world: CheckWorld): Promise<FieldProblem[]> {
  const remark = (level: FieldProblem['level'], key: Parameters<typeof message>[0]): FieldProblem => ({
    field: 'path',
    level,
    message: message(key),
  });
  if (!isAbsolute(path)) return [remark('error', 'setup.check.path_relative')];
  const report = await world.inspect(path);
  if (!report.writable) return [remark('error', 'setup.check.path_not_writable')];
  if (await world.installed(path)) return [remark('error', 'setup.check.path_exists')];
  return report.exists && !report.empty ? [remark('warning', 'setup.check.path_not_empty')] : [];
}

function checkShares(input: SetupLocal): FieldProblem[] {
  const { shares, threshold } = input.openbao;
  const problems: FieldProblem[] = [];
  if (threshold > shares)
    problems.push({
      field: 'openbao.threshold',
      level: 'error',
      message: message('setup.check.threshold'),
      proposal: shares,
    });
  if (input.kind !== 'production') return problems;
  if (threshold === 1)
    problems.push({
      field: 'openbao.threshold',
      level: 'warning',
      message: message('setup.check.threshold_single'),
    });
  if (input.custodians.length !== shares)
    problems.push({
      field: 'custodians',
      level: 'error',
      message: message('setup.check.custodians', { shares }),
    });
  const twice = input.custodians.find((name, index) => input.custodians.indexOf(name) !== index);
  if (twice !== undefined)
    problems.push({
      field: 'custodians',
      level: 'error',
      message: message('setup.check.custodian_twice', { name: twice }),
    });
  return problems;
}

function checkAuthority(input: SetupLocal): FieldProblem[] {
  const { ca, domain } = input;
  const problems: FieldProblem[] = [];
  if (!isDomain(domain))
    problems.push({ field: 'domain', level: 'error', message: message('setup.check.domain') });
  if (ca.intermediateYears > ca.rootYears)
    problems.push({
      field: 'ca.intermediateYears',
      level: 'error',
      message: message('setup.check.intermediate_longer'),
      proposal: ca.rootYears,
    });
  if (ca.leafHours > 24)
    problems.push({ field: 'ca.leafHours', level: 'warning', message: message('setup.check.leaf_long') });
  const wrong = ca.permittedNames.find((name) => !isDomain(name.replace(/^\./, '')));
  if (wrong !== undefined)
    problems.push({
      field: 'ca.permittedNames',
      level: 'error',
      message: message('setup.check.permitted', { name: wrong }),
    });
  const below = (suffix: string): boolean => {
    const bare = suffix.replace(/^\./, '').toLowerCase();
    return domain.toLowerCase() === bare || domain.toLowerCase().endsWith(`.${bare}`);
  };
  if (ca.permittedNames.length > 0 && !ca.permittedNames.some(below))
    problems.push({
      field: 'ca.permittedNames',
      level: 'error',
      message: message('setup.check.domain_not_permitted'),
    });
  return problems;
}

/**
 * Everything that can be said about the answers so far, for the wizard while one types and for the preconditions of the
 * plan. No effect. An unfinished form is answered field by field, too.
 */
export async function checkSetupLocal(input: unknown, world: CheckWorld): Promise<FieldProblem[]> {
  const parsed = setupLocalSchema.safeParse(input);
  if (!parsed.success)
    return parsed.error.issues.map((issue) => ({
      field: issue.path.join('.'),
      level: 'error',
      message: message('setup.check.value', { problem: issue.message }),
    }));
  return [
    ...(await checkPath(parsed.data.path, world)),
    ...checkShares(parsed.data),
    ...checkAuthority(parsed.data),
    ...(await checkPorts(parsed.data, world)),
  ];
}
