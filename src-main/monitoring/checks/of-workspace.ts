import type { Store } from '../../store/store.ts';
import type { SettingsStore } from '../settings.ts';
import { Checks } from './checks.ts';

/** The checks of a workspace. */
export const checksOf = (workspace: {
  readonly settings: SettingsStore;
  readonly store: Pick<Store, 'get' | 'run'>;
  readonly now: () => number;
}): Checks => new Checks(workspace.settings, workspace.store, workspace.now);
