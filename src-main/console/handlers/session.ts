import manifest from '../../../package.json';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';
import { currentSummary } from './workspaces.ts';

/** After this many minutes without a request the web host ends a session. */
const idleLockMinutes = 30;

/** What was begun for one installation must not be gone on with in another; a set-up belongs to none yet. */
const draftOf = (console: BootrootConsole, name: string): string =>
  name.startsWith('setup.') || console.workspace === undefined ? name : `${console.workspace.id}/${name}`;

export const sessionHandlers = (console: BootrootConsole): HandlersOf<'session'> => ({
  async 'session.show'(_input, call) {
    const workspace = await currentSummary(console);
    return {
      host: call.host,
      version: manifest.version,
      actor: call.actor,
      ...(workspace === undefined ? {} : { workspace }),
      idleLockMinutes: call.host === 'web' ? idleLockMinutes : 0,
    };
  },
  'session.preferences': () => console.personal.preferences(),
  'session.savePreferences': (preferences) => console.personal.savePreferences(preferences),
  'session.draft': async ({ name }) => ({ draft: await console.personal.draft(draftOf(console, name)) }),
  async 'session.saveDraft'({ name, draft }) {
    await console.personal.saveDraft(draftOf(console, name), draft);
    return {};
  },
  // The host ends the session when this has answered; the core has nothing to forget but the session with OpenBao.
  'session.lock': async () => ({}),
});
