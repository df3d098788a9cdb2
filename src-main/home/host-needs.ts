import type { Need } from '../../shared/contract/home.ts';
import type { HostRow } from '../../shared/contract/hosts.ts';
import { message, type Message } from '../../shared/message.ts';
import type { Facts } from './facts.ts';

/** States of a remote host that need somebody, the worst first. Others are on their way or well. */
const titles: readonly (readonly [
  HostRow['state'],
  Need['severity'],
  (params: { readonly count: number }) => Message,
])[] = [
  // Somebody has a credential that was meant for the host.
  ['opened', 'critical', (params) => message('home.need.hosts_opened', params)],
  ['expired', 'warning', (params) => message('home.need.hosts_expired', params)],
  ['failed', 'warning', (params) => message('home.need.hosts_failed', params)],
  ['silent', 'warning', (params) => message('home.need.hosts_silent', params)],
];

const namedAtMost = 4;

function detailOf(ids: readonly string[]): Message {
  const names = ids.slice(0, namedAtMost).join(', ');
  const more = ids.length - namedAtMost;
  return more > 0
    ? message('home.need.hosts_and_more', { names, count: more })
    : message('home.need.hosts_names', { names });
}

/** One need a state, however many hosts are in it. */
export function hostNeeds({ hosts }: Facts): Need[] {
  return titles.flatMap(([state, severity, titleOf]): Need[] => {
    const ids = hosts.filter((host) => host.state === state).map(({ id }) => id);
    const [first] = ids;
    if (first === undefined) return [];
    const to = ids.length === 1 ? `/hosts/${encodeURIComponent(first)}` : '/hosts';
    return [
      {
        id: `hosts-${state}`,
        severity,
        title: titleOf({ count: ids.length }),
        detail: detailOf(ids),
        action: { type: 'page', label: message('home.action.hosts'), to },
      },
    ];
  });
}
