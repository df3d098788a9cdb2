import type { Overview } from '../../shared/contract/home.ts';
import { rungs } from '../../shared/contract/services.ts';
import { message, type Message } from '../../shared/message.ts';
import { headline } from '../services/ladder/rungs.ts';
import type { Facts } from './facts.ts';
import { needsOf } from './needs.ts';

const hour = 3600 * 1000;

function sentenceOf(facts: Facts, needs: number): Message {
  if (needs > 0) return message('home.sentence.needs', { count: needs });
  if (facts.services.length === 0) return message('home.sentence.no_service');
  const unproved = facts.services.filter((service) => headline(service.ladder) !== undefined).length;
  if (unproved > 0) return message('home.sentence.unproved', { count: unproved });
  const next = facts.services
    .flatMap((service) =>
      service.expiresAt === undefined ? [] : [{ at: service.expiresAt, name: service.id }],
    )
    .sort((a, b) => a.at - b.at)[0];
  if (next === undefined) return message('home.sentence.proved');
  const due = Math.max(0, next.at - facts.leafMs / 3 - facts.at);
  return message('home.sentence.proved_next', { name: next.name, hours: Math.round(due / hour) });
}

/** Home in one value: the sentence, what needs doing, and what the four tiles draw. */
export function overviewOf(facts: Facts): Overview {
  const needs = needsOf(facts);
  const at = (rung: (typeof rungs)[number]): number =>
    facts.services.filter((service) => headline(service.ladder)?.rung === rung).length;
  return {
    at: facts.at,
    sentence: sentenceOf(facts, needs.length),
    needs,
    expiries: [
      ...facts.services.flatMap((service) =>
        service.expiresAt === undefined
          ? []
          : [
              {
                at: service.expiresAt,
                what: service.id,
                kind: 'leaf' as const,
                to: `/services/${service.id}`,
              },
            ],
      ),
      ...facts.authorities.map((authority) => ({
        at: authority.notAfter,
        what: authority.name,
        kind: 'ca' as const,
        to: '/certificates',
      })),
    ].sort((a, b) => a.at - b.at),
    rungs: [
      ...rungs.map((rung) => ({ rung, services: at(rung) })),
      {
        rung: 'proved',
        services: facts.services.filter((service) => headline(service.ladder) === undefined).length,
      },
    ],
    secrets: facts.secrets.map((secret) => ({ ...secret })),
    servers: facts.servers.map((server) => ({
      name: server.name,
      state: server.state,
      ...(server.version === undefined ? {} : { version: server.version }),
    })),
  };
}
