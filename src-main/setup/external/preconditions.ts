import { lstat } from 'node:fs/promises';
import type { Precondition } from '../../../shared/contract/operations.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { message, type Message } from '../../../shared/message.ts';
import { conditionOf } from '../../operations/ask-precondition.ts';
import { inspectDirectory } from '../../workspace/inspect.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import type { ExternalContext } from './context.ts';
import { probeExternal, trustOf } from './probe.ts';
import { bundleOf, certificatesOf, hasAnchor } from './roots.ts';

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

function rootsProblem({ input, now }: ExternalContext): Message | undefined {
  if (input.caPem.trim() === '') return undefined;
  try {
    const anchored = hasAnchor(certificatesOf(input.caPem), now());
    return anchored ? undefined : message('external.precondition.no_anchor');
  } catch (error) {
    if (!isConsoleError(error)) throw error;
    return message(`error.${error.code}.what`, error.data.params);
  }
}

/** A bundle that lies there already must be the same: services may trust by it. */
async function bundleProblem({ input, paths }: ExternalContext): Promise<Message | undefined> {
  const present = await readTextFileIfPresent(paths.bundle).catch(() => '');
  if (present === undefined) return undefined;
  const wanted = trustOf(input.caPem).ca;
  try {
    if (wanted !== undefined && bundleOf(certificatesOf(wanted)) === present) return undefined;
  } catch {
    // Said by the condition about the roots.
  }
  return message('error.external_bundle_differs.what', { path: paths.bundle });
}

/** What must be so before anything is written, found out without effect. */
export async function preconditionsOf(context: ExternalContext): Promise<readonly Precondition[]> {
  const { input, paths } = context;
  const directory = await inspectDirectory(paths.root);
  const there = (await exists(paths.state)) || (await exists(paths.caConfig));
  const roots = rootsProblem(context);
  const base = [
    conditionOf(
      'directory',
      message('external.precondition.directory'),
      directory.writable
        ? undefined
        : (directory.problems[0] ?? message('error.permission_denied.what', { path: paths.root })),
    ),
    conditionOf(
      'empty',
      message('external.precondition.empty'),
      there ? message('error.external_state_exists.what', { path: paths.state }) : undefined,
    ),
    conditionOf('roots', message('external.precondition.roots'), roots),
    conditionOf('bundle', message('external.precondition.bundle'), await bundleProblem(context)),
  ];
  // With a fingerprint alone the root is fetched and verified by the operation itself.
  if (roots !== undefined || (input.caPem.trim() === '' && input.rootFingerprint !== undefined)) return base;
  const { openbao, stepca } = await probeExternal(input);
  return [
    ...base,
    conditionOf('openbao', message('external.precondition.openbao'), openbao.ok ? undefined : openbao.detail),
    conditionOf('stepca', message('external.precondition.stepca'), stepca.ok ? undefined : stepca.detail),
  ];
}
