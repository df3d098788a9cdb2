import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorMessages } from '../../shared/errors.ts';
import type { MessageKey } from '../../shared/i18n/index.ts';
import { message, type Message } from '../../shared/message.ts';
import type { ServerStatus } from '../../shared/contract/topology.ts';
import type { Facts, ServerFact } from '../home/facts.ts';
import { alarmsNow } from '../monitoring/alarm-note.ts';
import { checksOf } from '../monitoring/checks/of-workspace.ts';
import { toErrorData } from '../operations/error-data.ts';
import type { Layout } from '../topology/layout.ts';
import { allServices } from '../services/list.ts';
import { openbaoStatus } from './handlers/openbao.ts';
import type { OpenWorkspace } from './open-workspace.ts';
import { unconfirmedFacts } from './unconfirmed.ts';
import { scheduleAlarms } from './schedule-alarms.ts';
import { caKeyFact, hostFacts, rotationFacts } from './rotation-facts.ts';

const hour = 3600 * 1000;
/** Lifetime of a leaf when the CA's configuration does not say. */
const usualLeafHours = 24;

interface Secret {
  readonly path: string;
  readonly name: Message;
}
const secrets: readonly Secret[] = [
  { path: 'bootroot/stepca/password', name: message('home.secret.stepca_password') },
  { path: 'bootroot/stepca/db', name: message('home.secret.db') },
  { path: 'bootroot/responder/hmac', name: message('home.secret.responder_hmac') },
  { path: 'bootroot/ca', name: message('home.secret.ca') },
];

/** The CA certificates of this work directory; one that cannot be read is missing. */
export async function authorities(workspace: OpenWorkspace): Promise<Facts['authorities']> {
  const { rootCert, intermediateCert } = workspace.paths;
  const found = await Promise.all(
    [rootCert, intermediateCert].map(async (path) => {
      try {
        const certificate = new X509Certificate(await readFile(path));
        const name = /CN=(.+)/.exec(certificate.subject)?.[1] ?? certificate.subject;
        return [{ name, notAfter: Date.parse(certificate.validTo), path }];
      } catch {
        return [];
      }
    }),
  );
  return found.flat();
}

/** When each secret of the installation was written last, as far as OpenBao can be asked. */
async function secretAges(workspace: OpenWorkspace): Promise<Facts['secrets']> {
  if (workspace.session?.status().state !== 'live') return secrets.map(({ name }) => ({ name }));
  const client = workspace.services.client();
  return Promise.all(
    secrets.map(async ({ path, name }) => {
      const createdAt = await client.kv.read(path).then(
        (secret) => secret?.createdAt,
        () => undefined,
      );
      return createdAt === undefined ? { name } : { name, changedAt: Date.parse(createdAt) };
    }),
  );
}

/** Walking the whole audit chain on every look would be wasteful. */
const auditEvery = 10 * 60 * 1000;
const auditVerdicts = new WeakMap<OpenWorkspace, { at: number; intact: boolean }>();

async function auditIntact(workspace: OpenWorkspace): Promise<boolean> {
  const known = auditVerdicts.get(workspace);
  if (known !== undefined && workspace.now() - known.at < auditEvery) return known.intact;
  const { intact } = await workspace.audit.verify();
  auditVerdicts.set(workspace, { at: workspace.now(), intact });
  return intact;
}

const toFact = ({ name, title, state, version, problem, since }: ServerStatus): ServerFact => ({
  id: name,
  name: title,
  state,
  ...(version === undefined ? {} : { version }),
  ...(problem === undefined ? {} : { problem }),
  ...(since === undefined ? {} : { since }),
});

const alarmsOf = async (workspace: OpenWorkspace): Promise<Facts['alarms']> => [
  ...(await alarmsNow(workspace.settings, await checksOf(workspace).views(), workspace.now())),
  ...(await scheduleAlarms(workspace)),
];

const lifeOf = (layout: Layout | undefined): number => (layout?.leafHours ?? usualLeafHours) * hour;

/** How long a leaf lives here, milliseconds. */
export const leafLife = async ({ topology }: OpenWorkspace): Promise<number> =>
  lifeOf(await topology.readLayout());

/**
 * Gathers what Home judges. What cannot be read is named in the answer, never left out.
 * @param rows services on other hosts, where the caller has them
 */
export async function gatherFacts(
  workspace: OpenWorkspace,
  rows: () => Promise<Facts['hosts']> = () => hostFacts(workspace),
): Promise<Facts> {
  const unreadable: Message[] = [];
  const or = async <T>(what: MessageKey, job: Promise<T>, instead: T): Promise<T> => {
    try {
      return await job;
    } catch (error) {
      const problem = errorMessages(toErrorData(error)).what;
      unreadable.push(message('home.need.unreadable', { ...problem.params, what, problem: problem.key }));
      return instead;
    }
  };
  const layout = await workspace.topology.readLayout();
  const [openbao, servers, services, cas, operations, ceremony, ages, intact, alarms] = await Promise.all([
    or('home.unreadable.openbao', openbaoStatus(workspace), undefined),
    or('home.unreadable.servers', workspace.topology.statuses(), []),
    or('home.unreadable.services', allServices(workspace.services, workspace.leaves), []),
    authorities(workspace),
    or('home.unreadable.operations', workspace.engine.list(50), []),
    workspace.ceremony.status(),
    or('home.unreadable.secrets', secretAges(workspace), []),
    or('home.unreadable.audit', auditIntact(workspace), true),
    or('home.unreadable.checks', alarmsOf(workspace), []),
  ]);
  const [rotations, caKey, hosts, unconfirmed] = await Promise.all([
    or('home.unreadable.rotations', rotationFacts(workspace), []),
    or('home.unreadable.ca_key', caKeyFact(workspace), undefined),
    or('home.unreadable.hosts', rows(), []),
    or('home.unreadable.former', unconfirmedFacts(workspace), []),
  ]);
  return {
    at: workspace.now(),
    openbao: openbao?.url === '' ? undefined : openbao,
    servers: layout === undefined ? [] : servers.map(toFact),
    services,
    authorities: cas,
    operations,
    rotations,
    caKey,
    hosts,
    unconfirmed,
    ceremony,
    leafMs: lifeOf(layout),
    auditIntact: intact,
    secrets: ages,
    alarms,
    unreadable,
    managed: layout !== undefined,
  };
}
