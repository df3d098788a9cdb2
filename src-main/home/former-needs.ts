import type { Need } from '../../shared/contract/home.ts';
import { message } from '../../shared/message.ts';
import type { Facts } from './facts.ts';

const day = 24 * 3600 * 1000;
/** What is not decided within this time is forgotten, and with it two copies of every secret. */
const patienceMs = 7 * day;

/** Upgrades and moves that wait for the operator to say that the new one is good: until then what was before is kept. */
export const formerNeeds = ({ at, unconfirmed }: Facts): Need[] =>
  unconfirmed.map((one): Need => ({
    id: one.kind === 'move' ? 'unconfirmed-move' : `unconfirmed-${one.server}`,
    severity: at - one.at > patienceMs ? 'warning' : 'notice',
    title:
      one.kind === 'move'
        ? message('home.need.unconfirmed_move', { from: one.from })
        : message('home.need.unconfirmed_upgrade', { server: one.server, from: one.from, to: one.to }),
    detail: message('home.need.unconfirmed_detail'),
    since: one.at,
    action: { type: 'page', label: message('home.action.confirm_former'), to: '/versions' },
  }));
