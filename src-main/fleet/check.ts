import { posix } from 'node:path';
import { hostAddSchema, type HostAdd } from '../../shared/contract/hosts.ts';
import type { FieldProblem } from '../../shared/contract/setup.ts';
import { message } from '../../shared/message.ts';
import { checkServiceAdd, malformed, problem, type ServiceCheck } from '../services/check.ts';
import { serviceDefaults } from '../services/defaults.ts';
import type { ServicesContext } from '../services/context.ts';
import { readStateIfPresent } from '../workspace/state.ts';

const hostPathFields = ['directory', 'agentConfigPath', 'certPath', 'keyPath'] as const;
const urlFields = ['openbaoUrl', 'agentServer', 'responderUrl'] as const;

/** An address of this machine means another one over there. Over plain HTTP a secret_id would travel in clear text. */
function checkUrl(field: (typeof urlFields)[number], text: string): FieldProblem[] {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return [problem(field, message('hosts.check.url'))];
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return [problem(field, message('hosts.check.url'))];
  if (/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname))
    return [{ ...problem(field, message('hosts.check.loopback')), level: 'warning' }];
  if (field === 'openbaoUrl' && url.protocol === 'http:')
    return [problem(field, message('hosts.check.plain'))];
  return [];
}

/** Everything that can be said about a service on another host before it is added. Its files are not ours to look at. */
export async function checkHostAdd(context: ServicesContext, input: unknown): Promise<ServiceCheck> {
  const parsed = hostAddSchema.safeParse(input);
  if (!parsed.success) return malformed(parsed.error);
  const { data } = parsed;
  const state = await readStateIfPresent(context.paths.state);
  const { identity, problems: all } = await checkServiceAdd(data, state, context.paths);
  // Its groups are not this host's either.
  const onHost: ReadonlySet<string> = new Set([...hostPathFields, 'certGroupGid']);
  const problems = all.filter(({ field }) => !onHost.has(field));
  for (const field of hostPathFields)
    if (!posix.isAbsolute(data[field])) problems.push(problem(field, message('hosts.check.absolute')));
  if (new Set([data.agentConfigPath, data.certPath, data.keyPath]).size < 3)
    problems.push(problem('keyPath', message('service.check.same')));
  for (const field of urlFields) problems.push(...checkUrl(field, data[field]));
  return { identity, problems };
}

/** An address at which other hosts reach OpenBao: the advertised one where one is recorded (formats-newer.md). */
function reachable(url: string, advertised: string | null | undefined): string {
  if (advertised === null || advertised === undefined || advertised === '') return url;
  return `${new URL(url).protocol}//${advertised}`;
}

export async function hostDefaults(context: ServicesContext, wanted?: string): Promise<HostAdd> {
  const state = await readStateIfPresent(context.paths.state);
  const base = await serviceDefaults(context, wanted);
  const taken = new Set(Object.keys(state?.services ?? {}));
  let { serviceName } = base;
  for (let number = 2; wanted === undefined && taken.has(serviceName); number += 1)
    serviceName = `edge-remote-${number}`;
  const { directoryUrl, responderAdminUrl } = await context.endpoints();
  const directory = `/etc/bootroot/${serviceName}`;
  return {
    ...base,
    serviceName,
    hostname: 'edge-node-01',
    directory,
    agentConfigPath: `${directory}/agent.toml`,
    certPath: `${directory}/certs/${serviceName}.crt`,
    keyPath: `${directory}/certs/${serviceName}.key`,
    openbaoUrl: reachable(state?.openbao_url ?? context.openbao.url, state?.openbao_advertise_addr),
    agentServer: directoryUrl,
    responderUrl: responderAdminUrl,
    wrapTtl: '30m',
  };
}
