import { setupExternalSchema, type SetupExternal } from '../../../shared/contract/setup.ts';
import { message } from '../../../shared/message.ts';
import type { OperationDefinition } from '../../operations/types.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import type { ExternalContext } from './context.ts';
import { preconditionsOf } from './preconditions.ts';
import { proveStep } from './prove-step.ts';
import { bundleStep, stateStep, treeStep, verifyStep } from './steps.ts';

export interface ExternalDeps {
  /** Of the directory that the input names. */
  readonly paths: WorkspacePaths;
  /** Unix milliseconds. */
  readonly now: () => number;
  /**
   * Keeps name and addresses where the console finds them again; after a crash it may be called twice.
   * @param directoryUrl the ACME directory that answered
   */
  readonly remember?: (input: SetupExternal, directoryUrl: string) => Promise<void>;
}

/** An installation over servers that run elsewhere: they are asked and trusted, and only the console's own files are written. */
export function setupExternalDefinition({
  paths,
  now,
  remember,
}: ExternalDeps): OperationDefinition<SetupExternal> {
  return {
    kind: 'setup.external',
    input: setupExternalSchema,
    async prepare(input) {
      const context: ExternalContext = {
        input,
        paths,
        now,
        remember: remember ?? (async () => undefined),
      };
      const trusted = input.caPem.trim() !== '' || input.rootFingerprint !== undefined;
      return {
        title: message('external.title', { name: input.name }),
        summary: message('external.summary', { name: input.name, path: paths.root }),
        steps: [
          treeStep(context),
          verifyStep(context),
          ...(trusted ? [bundleStep(context)] : []),
          stateStep(context),
          proveStep(context),
        ],
        preconditions: await preconditionsOf(context),
        confirm: { verb: message('external.confirm', { name: input.name }) },
      };
    },
  };
}
