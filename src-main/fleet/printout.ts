import { dirname, join } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import { toPaper } from '../remote/paper.ts';
import type { ServicesContext } from '../services/context.ts';
import { findService } from '../services/entry.ts';
import { shellWord } from '../ssh/shell-word.ts';
import { writeFileAtomic } from '../workspace/atomic.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { readArtifactOf } from './artifact.ts';
import { handoverOf } from './handover.ts';

/** The sheet lies beside bootstrap.json: it holds the same secret. */
export const printoutPath = (paths: WorkspacePaths, id: string): string =>
  join(dirname(paths.bootstrapArtifact(id)), 'handover.txt');

/**
 * Writes the hand-over as a sheet for a host that no file can be carried to: what to do, and bootstrap.json as lines to type or scan.
 * @param say puts a message into the operator's language
 * @throws `not_found` where there is no hand-over, and what the file system refuses
 */
export async function writePrintout(
  context: ServicesContext,
  id: string,
  say: (text: Message) => string,
): Promise<{ readonly path: string; readonly lines: number }> {
  const service = await findService(id, context.paths);
  const found = await readArtifactOf(context, id);
  if (found === undefined) throw new ConsoleError('not_found', { what: 'bootstrap.json', name: id });
  const { artifactTarget: target, command, effects } = await handoverOf(context, service);
  const host = `${service.entry.hostname}.${service.entry.domain}`;
  const typing = `sudo bootroot-console remote type-in --artifact ${shellWord(target)}`;
  const lines = toPaper(found.text);
  const until = found.artifact.wrap_expires_at ?? '-';
  const text = [
    say(message('hosts.print.title', { name: id, host })),
    say(message('hosts.print.secret', { until })),
    '',
    `1. ${say(message('hosts.print.one'))}`,
    `   ${typing}`,
    `2. ${say(message('hosts.print.two'))}`,
    `   ${command}`,
    `3. ${say(message('hosts.print.three'))}`,
    '',
    ...effects.map((effect) => `- ${say(effect)}`),
    '',
    ...lines,
    '',
  ].join('\n');
  const path = printoutPath(context.paths, id);
  await writeFileAtomic(path, text, { mode: 0o600 });
  return { path, lines: lines.length };
}
