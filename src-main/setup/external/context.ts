import type { SetupExternal } from '../../../shared/contract/setup.ts';
import type { Run } from '../../operations/types.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import type { Trust } from './ask.ts';
import { bundleOf, certificatesOf, rootByFingerprint } from './roots.ts';

/** What every step works on. */
export interface ExternalContext {
  readonly input: SetupExternal;
  readonly paths: WorkspacePaths;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Keeps what state.json has no place for. Called again after a crash. */
  remember(input: SetupExternal, directoryUrl: string): Promise<void>;
}

/** Limits of one question to a server while the operation runs. */
export const patienceOf = (run: Run): { timeoutMs: number; signal: AbortSignal } => ({
  timeoutMs: 10_000,
  signal: run.signal,
});

/**
 * The bundle of this installation: what the operator gave, or the root with the fingerprint the operator compared. Empty when
 * the system's store is meant. Staged, so that a second try after a crash uses the very same one.
 */
export function plannedBundle({ input }: ExternalContext, run: Run): Promise<string> {
  return run.stage.once('bundle', async () => {
    if (input.caPem.trim() !== '') return bundleOf(certificatesOf(input.caPem));
    return input.rootFingerprint === undefined
      ? ''
      : rootByFingerprint(input.stepcaUrl, input.rootFingerprint, patienceOf(run));
  });
}

/** How OpenBao and step-ca are trusted from now on. The fingerprint is that of step-ca's root. */
export async function plannedTrust(
  context: ExternalContext,
  run: Run,
): Promise<{ readonly openbao: Trust; readonly stepca: Trust }> {
  const bundle = await plannedBundle(context, run);
  const { rootFingerprint } = context.input;
  const openbao = bundle === '' ? {} : { ca: bundle };
  return {
    openbao,
    stepca: { ...openbao, ...(rootFingerprint === undefined ? {} : { pin: rootFingerprint }) },
  };
}
