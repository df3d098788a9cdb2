import type { WorkspaceSummary } from '../../shared/contract/workspace.ts';
import { readTextFileIfPresent } from '../workspace/atomic.ts';
import { createOpenBao } from '../openbao/openbao.ts';
import { WorkspacePaths } from '../workspace/paths.ts';
import { readStateIfPresent } from '../workspace/state.ts';

/** Who has not answered by then counts as gone: a list must not wait for it. Milliseconds. */
const patienceMs = 1_500;

/** Whether the OpenBao of a work directory answers, without opening the directory. No credential is shown to it. */
export async function openbaoReach(path: string): Promise<WorkspaceSummary['openbao']> {
  const state = await readStateIfPresent(new WorkspacePaths(path).state).catch(() => undefined);
  if (state === undefined) return 'unknown';
  const paths = new WorkspacePaths(path, state.secrets_dir);
  const secure = state.openbao_url.startsWith('https:');
  const ca = secure ? await readTextFileIfPresent(paths.bundle).catch(() => undefined) : undefined;
  const control = new AbortController();
  const late = setTimeout(() => control.abort(), patienceMs);
  try {
    const openbao = createOpenBao({ url: state.openbao_url, ...(ca === undefined ? {} : { ca }) });
    const { sealed } = await openbao.withSignal(control.signal).health();
    return sealed ? 'sealed' : 'ready';
  } catch {
    return 'unreachable';
  } finally {
    clearTimeout(late);
  }
}
