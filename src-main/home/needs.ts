import type { Operation } from '../../shared/contract/operations.ts';
import type { Need } from '../../shared/contract/home.ts';
import { message } from '../../shared/message.ts';
import { headline } from '../services/ladder/rungs.ts';
import type { Facts } from './facts.ts';
import { formerNeeds } from './former-needs.ts';
import { hostNeeds } from './host-needs.ts';
import { rotationNeeds } from './rotation-needs.ts';

const hour = 3600 * 1000;
const day = 24 * hour;
const severities = { critical: 0, warning: 1, notice: 2 } as const;

/** A server of this console that is not up: that is then the need, not that OpenBao cannot be reached. */
const isBeingServed = ({ servers }: Facts): boolean =>
  servers.some(({ id, state }) => id === 'openbao' && state !== 'ready' && state !== 'sealed');

function openbaoNeeds(facts: Facts): Need[] {
  const { openbao } = facts;
  if (openbao === undefined) return [];
  const needs: Need[] = [];
  if (!openbao.reachable && !isBeingServed(facts))
    needs.push({
      id: 'openbao-unreachable',
      severity: 'critical',
      title: message('home.need.openbao_unreachable', { url: openbao.url }),
      ...(openbao.problem === undefined ? {} : { detail: openbao.problem }),
    });
  if (openbao.sealed === true)
    needs.push({
      id: 'openbao-sealed',
      severity: 'critical',
      title: message('home.need.sealed'),
      detail: message('home.need.sealed_detail'),
      action: { type: 'unseal', label: message('home.action.unseal') },
    });
  if (openbao.sealed === false && openbao.memberSealed === true)
    needs.push({
      id: 'openbao-member-sealed',
      severity: 'warning',
      title: message('home.need.member_sealed'),
      detail: message('home.need.member_sealed_detail'),
      action: { type: 'unseal', label: message('home.action.unseal') },
    });
  for (const { url, state, problem } of openbao.reachable ? (openbao.cluster?.members ?? []) : [])
    if (state === 'unreachable')
      needs.push({
        id: `openbao-member-${url}`,
        severity: 'warning',
        title: message('home.need.member_unreachable'),
        ...(problem === undefined ? {} : { detail: problem }),
        action: { type: 'page', label: message('home.action.openbao'), to: '/openbao' },
      });
  if (openbao.sealed === false && openbao.session.state !== 'live')
    needs.push({
      id: 'openbao-session',
      severity: 'warning',
      title: message(openbao.session.state === 'lost' ? 'home.need.session_lost' : 'home.need.session_none'),
      action: { type: 'page', label: message('home.action.login'), to: '/openbao' },
    });
  if (openbao.session.isRoot)
    needs.push({
      id: 'root-token',
      severity: 'warning',
      title: message('home.need.root_token'),
      action: { type: 'page', label: message('home.action.openbao'), to: '/openbao' },
    });
  return needs;
}

/** A directory in which nothing was set up, or in which a set-up was taken back. */
function setUpNeeds({ openbao, servers, services, unreadable, operations }: Facts): Need[] {
  const some = openbao !== undefined || servers.length > 0 || services.length > 0 || unreadable.length > 0;
  const open = operations.some(
    ({ state, canResume, canUndo }) => state === 'running' || canResume || canUndo,
  );
  if (some || open) return [];
  return [
    {
      id: 'not-set-up',
      severity: 'warning',
      title: message('home.need.not_set_up'),
      action: { type: 'page', label: message('home.action.set_up'), to: '/start' },
    },
  ];
}

function serverNeeds(facts: Facts): Need[] {
  const down = facts.servers.filter((server) => !['ready', 'sealed', 'starting'].includes(server.state));
  if (down.length === 0) return [];
  if (down.length === facts.servers.length)
    return [
      {
        id: 'servers-stopped',
        severity: 'critical',
        title: message('home.need.all_stopped'),
        action: { type: 'operation', label: message('home.action.start'), kind: 'infra.up', input: {} },
      },
    ];
  return down.map((server) => ({
    id: `server-${server.id}`,
    severity: 'critical' as const,
    title: message('home.need.server_down', { name: server.name, state: server.state }),
    ...(server.problem === undefined ? {} : { detail: server.problem }),
    ...(server.since === undefined ? {} : { since: server.since }),
    ...(facts.managed
      ? {
          action: {
            type: 'operation' as const,
            label: message('home.action.start'),
            kind: 'infra.up',
            input: {},
          },
        }
      : {}),
  }));
}

const operationTitles: Partial<Record<Operation['state'], Need['title']>> = {
  failed: message('home.need.operation_failed'),
  interrupted: message('home.need.operation_interrupted'),
  paused: message('home.need.operation_stopped'),
  cancelled: message('home.need.operation_stopped'),
};

/** One that was stopped before any of its steps took effect left nothing that somebody has to decide about. */
const leftSomething = ({ state, steps }: Operation): boolean =>
  state !== 'cancelled' || steps.some((step) => ['done', 'failed'].includes(step.state));

function operationNeeds(facts: Facts): Need[] {
  return facts.operations
    .filter((operation) => (operation.canResume || operation.canUndo) && leftSomething(operation))
    .flatMap((operation) => {
      const title = operationTitles[operation.state];
      return title === undefined ? [] : [{ operation, title }];
    })
    .map(({ operation, title }) => ({
      id: `operation-${operation.id}`,
      severity: 'warning',
      title,
      detail: operation.title,
      since: operation.endedAt ?? operation.startedAt,
      action: { type: 'page', label: message('home.action.decide'), to: `/operations/${operation.id}` },
    }));
}

/** A leaf is near its end when less than a third of its usual life is left. */
export function certificateNeeds(facts: Facts): Need[] {
  const needs: Need[] = [];
  for (const service of facts.services) {
    const to = `/services/${service.id}`;
    const left = service.expiresAt === undefined ? undefined : service.expiresAt - facts.at;
    const low = headline(service.ladder);
    if (left !== undefined && left <= facts.leafMs / 3)
      needs.push({
        id: `expiry-${service.id}`,
        severity: left <= facts.leafMs / 12 ? 'critical' : 'warning',
        title: message(left <= 0 ? 'home.need.expired' : 'home.need.expiring', {
          name: service.id,
          hours: Math.max(1, Math.round(left / hour)),
        }),
        action: {
          type: 'operation',
          label: message('home.action.issue'),
          kind: 'service.issue',
          input: { id: service.id },
        },
      });
    else if (low?.outcome === 'contradicted' || low?.outcome === 'not_proved')
      needs.push({
        id: `ladder-${service.id}`,
        severity: 'warning',
        title: message('home.need.not_proved', { name: service.id }),
        ...(low.evidence[0] === undefined ? {} : { detail: low.evidence[0] }),
        action: { type: 'page', label: message('home.action.open'), to },
      });
  }
  for (const authority of facts.authorities) {
    // From then on a leaf of the wanted life no longer fits.
    const horizon = authority.notAfter - facts.leafMs;
    if (horizon - facts.at < 90 * day)
      needs.push({
        id: `ca-${authority.path}`,
        severity: authority.notAfter - facts.at < facts.leafMs ? 'critical' : 'warning',
        title:
          authority.notAfter <= facts.at
            ? message('home.need.ca_expired', { name: authority.name })
            : message('home.need.ca_expiring', {
                name: authority.name,
                count: Math.max(1, Math.round((authority.notAfter - facts.at) / day)),
              }),
        detail:
          horizon <= facts.at
            ? message('home.need.ca_horizon_passed')
            : message('home.need.ca_horizon', { date: new Date(horizon).toISOString().slice(0, 10) }),
        action: { type: 'page', label: message('home.action.ca_key'), to: '/rotation/ca-key' },
      });
  }
  return needs;
}

/** Everything that needs the operator, the worst first. */
export function needsOf(facts: Facts): Need[] {
  const needs: Need[] = [
    ...openbaoNeeds(facts),
    ...setUpNeeds(facts),
    ...serverNeeds(facts),
    ...operationNeeds(facts),
    ...certificateNeeds(facts),
    ...hostNeeds(facts),
    ...rotationNeeds(facts),
    ...formerNeeds(facts),
    ...facts.alarms,
    ...facts.unreadable.map((title, index) => ({
      id: `unreadable-${index}`,
      severity: 'warning' as const,
      title,
    })),
  ];
  if (!facts.auditIntact)
    needs.push({
      id: 'audit',
      severity: 'critical',
      title: message('home.need.audit_broken'),
      action: { type: 'page', label: message('home.action.audit'), to: '/audit' },
    });
  if (facts.ceremony.state === 'open')
    needs.push({
      id: 'ceremony',
      severity: 'warning',
      title: message('home.need.ceremony', {
        count: facts.ceremony.custodians.filter((one) => one.state !== 'confirmed').length,
      }),
      action: { type: 'page', label: message('home.action.ceremony'), to: '/openbao/ceremony' },
    });
  return needs.sort((a, b) => severities[a.severity] - severities[b.severity]);
}
