import { createHash } from 'node:crypto';
import { ConsoleError } from '../../shared/errors.ts';
import type { Run } from '../operations/types.ts';
import { readTextFile, replaceFileAtomic } from '../workspace/atomic.ts';
import { editJson } from '../workspace/json-edit.ts';
import type { RotationContext } from './context.ts';
import type { SecretIds } from './secret-ids.ts';
import type { Pair } from './staged-credentials.ts';

const corner = (id: string): string =>
  `artifact-${createHash('sha256').update(id).digest('hex').slice(0, 24)}`;

/** The artifact of a remote host as an object. Throws `file_missing`, `artifact_malformed`. */
async function readArtifact(path: string): Promise<{ text: string; fields: Record<string, unknown> }> {
  const text = await readTextFile(path);
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields))
      return { text, fields: { ...fields } };
  } catch {
    // Said below, without a quotation: the artifact may carry a token.
  }
  throw new ConsoleError('rotation_artifact_malformed', { path });
}

/**
 * Puts a wrapping token for the new secret_id into the bootstrap artifact of a remote host (formats-newer.md, schema 5):
 * `wrap_token` and `wrap_expires_at`; everything else in it stays byte for byte. Repeated, it wraps the same secret_id anew.
 */
export async function deliverWrapped(
  context: RotationContext,
  ids: SecretIds,
  { credential, fresh }: Pair,
  run: Run,
): Promise<void> {
  const { id, role, wrapTtl } = credential;
  if (wrapTtl === undefined || credential.delivery !== 'remote') return;
  const path = context.services.paths.bootstrapArtifact(id);
  const { text, fields } = await readArtifact(path);
  await run.stage.once(corner(id), () => text);
  const found = await ids.find(role, fresh);
  if (found === undefined) throw new ConsoleError('rotation_login_refused', { name: id });
  const { token, ttl } = await ids.wrap(fresh, found, wrapTtl);
  const expiresAt = Math.floor(context.services.now() / 1000) + ttl;
  const edited = editJson(text, {
    ...fields,
    wrap_token: token,
    wrap_expires_at: new Date(expiresAt * 1000).toISOString(),
  });
  await replaceFileAtomic(path, edited);
}

/** The artifact as it was. */
export async function takeBackWrapped(
  context: RotationContext,
  { credential }: Pair,
  run: Run,
): Promise<void> {
  const before = await run.stage.read(corner(credential.id));
  if (before !== undefined)
    await replaceFileAtomic(context.services.paths.bootstrapArtifact(credential.id), before);
}
