import { versionsView } from '../../upgrade/versions-view.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export const upgradePart = (console: BootrootConsole): HandlersOf<'upgrade'> => ({
  'upgrade.versions': async () => versionsView(console.required()),
});
