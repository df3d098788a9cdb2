import { message, type Message } from '../../../shared/message.ts';
import type { Member } from '../../openbao/cluster.ts';
import { compareVersions } from '../../servers/catalogue.ts';

/** What is to be done next with a cluster that is upgraded member by member. */
export interface Advice {
  readonly next: Message;
  /** The leader is the last of the old version: it should hand over before it is stopped. */
  readonly stepDown: boolean;
}

type Seen = Pick<Member, 'url' | 'state' | 'version'>;

/**
 * Followers first, one at a time, each unsealed and following before the next; the leader last, after it has handed over. So calls are
 * refused only for the moment of one election. A member that is away comes before everything: the majority must not get smaller.
 * @param wanted version that all are to have; a newer one that some member has already counts instead
 */
export function adviseUpgrade(members: readonly Seen[], wanted: string): Advice {
  const away = members.find(({ state }) => state !== 'leader' && state !== 'follower');
  if (away !== undefined)
    return {
      next: message(away.state === 'sealed' ? 'cluster.next.unseal' : 'cluster.next.bring_back', {
        url: away.url,
      }),
      stepDown: false,
    };
  const target = members.reduce(
    (newest, { version = '0' }) => (compareVersions(version, newest) > 0 ? version : newest),
    wanted,
  );
  const old = members.filter(({ version = '0' }) => compareVersions(version, target) < 0);
  const follower = old.find(({ state }) => state === 'follower');
  if (follower !== undefined)
    return {
      next: message('cluster.next.follower', {
        url: follower.url,
        from: follower.version ?? '?',
        to: target,
        left: old.length,
      }),
      stepDown: false,
    };
  const [leader] = old;
  return leader === undefined
    ? { next: message('cluster.next.done', { version: target }), stepDown: false }
    : { next: message('cluster.next.leader', { url: leader.url, to: target }), stepDown: true };
}
