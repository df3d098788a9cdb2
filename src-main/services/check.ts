import { access, constants, lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ZodError } from 'zod';
import type { FieldProblem } from '../../shared/contract/setup.ts';
import { serviceAddSchema, type ServiceAdd } from '../../shared/contract/services.ts';
import { message, type Message } from '../../shared/message.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { servedAtSchema } from '../tls/host-port.ts';
import { servicesOf, type Service } from './entry.ts';
import { groupNumber } from './group.ts';
import { isTarget, targetKindOf } from './reload-hooks.ts';
import type { State } from '../workspace/state-schema.ts';
import { identityOf, isDnsLabel, isDomain, isInstanceId, isRegistrationId } from './identity.ts';

/** A remark about one field that keeps the plan from starting. */
export const problem = (field: string, text: Message, proposal?: string): FieldProblem => ({
  field,
  level: 'error',
  message: text,
  ...(proposal === undefined ? {} : { proposal }),
});

/** What a check answers of a service. */
export interface ServiceCheck {
  /** The name in the certificate; empty while it cannot be told. */
  readonly identity: string;
  readonly problems: FieldProblem[];
}

/** Answers that do not have the form of the input, field by field. */
export const malformed = ({ issues }: ZodError): ServiceCheck => ({
  identity: '',
  problems: issues.map((issue) =>
    problem(issue.path.join('.'), message('service.check.value', { problem: issue.message })),
  ),
});

const toLabel = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63);

function checkNames(input: ServiceAdd): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const field of ['serviceName', 'hostname'] as const)
    if (!isDnsLabel(input[field])) {
      const proposal = toLabel(input[field]);
      problems.push(problem(field, message('service.check.label'), proposal === '' ? undefined : proposal));
    }
  if (/^bootroot-/i.test(input.serviceName))
    problems.push(problem('serviceName', message('service.check.reserved')));
  const id = input.registrationId ?? input.serviceName;
  if (isDnsLabel(input.serviceName) && !isRegistrationId(id))
    problems.push(
      problem(
        input.registrationId === undefined ? 'serviceName' : 'registrationId',
        message('service.check.registration'),
        toLabel(id),
      ),
    );
  if (!isInstanceId(input.instanceId))
    problems.push(problem('instanceId', message('service.check.instance'), '001'));
  if (!isDomain(input.domain)) problems.push(problem('domain', message('service.check.domain')));
  const { length } = identityOf(input);
  if (length > 253) problems.push(problem('domain', message('service.check.long', { length })));
  if (input.deployType === 'docker' && (input.containerName ?? '') === '')
    problems.push(problem('containerName', message('service.check.container')));
  return problems;
}

function checkReload({ reload, servedAt }: ServiceAdd): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (reload !== undefined && !isTarget(reload.style, reload.target ?? '')) {
    const kind = targetKindOf(reload.style);
    problems.push(problem('reload.target', message(`service.check.target.${kind}`)));
  }
  if (servedAt !== undefined && !servedAtSchema.safeParse(servedAt).success)
    problems.push(problem('servedAt', message('service.check.served_at')));
  return problems;
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
/** What the newer tools warn of and refuse, seconds: a secret_id that lives for long is one that nobody rotates. */
const longLifetime = 48 * 3600;
const longestLifetime = 168 * 3600;

/** A remark about the lifetime of a secret_id; undefined when there is nothing to say. @param text as `lifetimeSchema` has it */
export function lifetimeProblem(text: string | undefined): FieldProblem | undefined {
  const [, count, unit = 's'] = /^(\d+)([smh])?$/.exec(text ?? '') ?? [];
  const seconds = count === undefined ? 0 : Number(count) * (unitSeconds[unit] ?? 1);
  if (seconds > longestLifetime) return problem('secretIdTtl', message('service.check.lifetime_longest'));
  if (seconds > longLifetime)
    return { ...problem('secretIdTtl', message('service.check.lifetime_long')), level: 'warning' };
  return undefined;
}

async function checkGroup({ certGroupGid: gid }: ServiceAdd): Promise<FieldProblem[]> {
  if (gid === undefined || (await groupNumber(String(gid))) !== undefined) return [];
  return [problem('certGroupGid', message('service.check.group', { gid }))];
}

/** The nearest directory that exists must be one that can be written; the rest is made. */
async function checkDirectory(field: string, path: string): Promise<FieldProblem[]> {
  try {
    const there = await lstat(path);
    if (there.isSymbolicLink()) return [problem(field, message('service.check.symlink', { path }))];
    if (!there.isFile()) return [problem(field, message('error.not_a_file.what', { path }))];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      return [problem(field, message('service.check.directory', { path: dirname(path) }))];
  }
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    try {
      await access(directory, constants.W_OK | constants.X_OK);
      if ((await lstat(directory)).isDirectory()) return [];
      return [problem(field, message('service.check.directory', { path: directory }))];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && directory !== dirname(directory)) continue;
      return [problem(field, message('service.check.directory', { path: directory }))];
    }
  }
}

function checkTaken(input: ServiceAdd, others: readonly Service[], paths: WorkspacePaths): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const id = input.registrationId ?? input.serviceName;
  const identity = identityOf(input);
  const cert = paths.resolve(input.certPath);
  const key = paths.resolve(input.keyPath);
  const agent = paths.resolve(input.agentConfigPath);
  const bundle = join(dirname(cert), 'ca-bundle.pem');
  if (cert === key) problems.push(problem('keyPath', message('service.check.same')));
  for (const [field, path] of [
    ['certPath', cert],
    ['keyPath', key],
    ['agentConfigPath', agent],
  ] as const)
    if (path === bundle) problems.push(problem(field, message('service.check.bundle', { path })));
  if (agent === cert || agent === key)
    problems.push(problem('agentConfigPath', message('service.check.own_file')));
  for (const other of others) {
    if (other.id === id)
      problems.push(
        problem(
          input.registrationId === undefined ? 'serviceName' : 'registrationId',
          message('service.check.taken', { name: id }),
        ),
      );
    else if (other.identity === identity)
      problems.push(problem('instanceId', message('service.check.identity_taken', { name: other.id })));
    for (const [field, path] of [
      ['certPath', cert],
      ['keyPath', key],
      ['agentConfigPath', agent],
    ] as const)
      // One agent file holds one credential (failure mode C14), and no file of one service is another's.
      if (other.id !== id && [other.cert, other.key, other.agentConfig].includes(path))
        problems.push(problem(field, message('service.check.file_used', { name: other.id })));
    const secretId =
      input.secretIdPath === undefined ? undefined : dirname(paths.resolve(input.secretIdPath));
    // role_id stands beside it: two services in one directory would share it.
    if (other.id !== id && secretId !== undefined && dirname(other.secretIdPath) === secretId)
      problems.push(problem('secretIdPath', message('service.check.file_used', { name: other.id })));
  }
  return problems;
}

/** Everything that can be said about a service before it is added, while one types and again in the plan. No effect. */
export async function checkServiceAdd(
  input: unknown,
  state: State | undefined,
  paths: WorkspacePaths,
): Promise<ServiceCheck> {
  const parsed = serviceAddSchema.safeParse(input);
  if (!parsed.success) return malformed(parsed.error);
  const { data } = parsed;
  const problems = [
    ...checkNames(data),
    ...checkTaken(data, servicesOf(state, paths), paths),
    ...checkReload(data),
    ...(await checkGroup(data)),
  ];
  const lifetime = lifetimeProblem(data.secretIdTtl);
  if (lifetime !== undefined) problems.push(lifetime);
  for (const field of ['certPath', 'keyPath', 'agentConfigPath', 'secretIdPath'] as const) {
    const path = data[field];
    if (path !== undefined) problems.push(...(await checkDirectory(field, paths.resolve(path))));
  }
  return { identity: identityOf(data), problems };
}
