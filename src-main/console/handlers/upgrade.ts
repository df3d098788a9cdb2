import type { Versions } from '../../../shared/contract/upgrade.ts';
import { versionsView } from '../../upgrade/versions-view.ts';
import type { BootrootConsole } from '../console.ts';
import type { OpenWorkspace } from '../open-workspace.ts';
import { formerPlace } from '../unconfirmed.ts';
import type { HandlersOf } from './part.ts';

/** What runs the servers, and where they ran before a move that waits for its confirmation. */
async function placeOf({ topology, paths }: OpenWorkspace): Promise<Pick<Versions, 'place' | 'movedFrom'>> {
  const layout = await topology.readLayout();
  if (layout === undefined) return {};
  const here = layout.systemd === undefined ? 'processes' : 'systemd';
  const former = await formerPlace(paths);
  return {
    place: layout.compose === undefined ? here : 'compose',
    ...(former === undefined ? {} : { movedFrom: former }),
  };
}

export const upgradePart = (console: BootrootConsole): HandlersOf<'upgrade'> => ({
  async 'upgrade.versions'() {
    const workspace = console.required();
    return { ...(await versionsView(workspace)), ...(await placeOf(workspace)) };
  },
});
