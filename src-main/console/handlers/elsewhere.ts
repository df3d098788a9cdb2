import { isConsoleError } from '../../../shared/errors.ts';
import { lookElsewhere } from '../../topology/elsewhere/look.ts';
import type { BootrootConsole } from '../console.ts';
import type { OpenWorkspace } from '../open-workspace.ts';
import type { HandlersOf } from './part.ts';

/** What OpenBao has for step-ca; undefined for whoever may not read it, or where nobody stored it. */
async function storedDsn({ services, session }: OpenWorkspace): Promise<string | undefined> {
  if (session?.status().state !== 'live') return undefined;
  try {
    const data = (await services.client().kv.read('bootroot/stepca/db'))?.data;
    const text = data?.['value'] ?? data?.['dsn'];
    return typeof text === 'string' && text !== '' ? text : undefined;
  } catch (error) {
    if (isConsoleError(error)) return undefined;
    throw error;
  }
}

export const elsewhereHandlers = (console: BootrootConsole): HandlersOf<'elsewhere'> => ({
  async 'elsewhere.look'() {
    const workspace = console.required();
    if ((await workspace.topology.readLayout()) !== undefined) return null;
    const { directoryUrl, responderAdminUrl } = await workspace.services.endpoints();
    return lookElsewhere({
      directoryUrl,
      responderAdminUrl,
      bundlePath: workspace.paths.bundle,
      dsn: () => storedDsn(workspace),
    });
  },
});
