import { join } from 'node:path';
import type { ServerInfo, ServerProgress } from '../../shared/contract/servers.ts';
import { CachePaths } from './cache-paths.ts';
import { catalogue, type ServerName } from './catalogue.ts';
import { ensureServer } from './ensure-server.ts';
import { verifyServers, type ServerVerdict } from './manifest.ts';
import type { InstallProgress } from './progress.ts';

function infoOf(verdict: ServerVerdict, cache: CachePaths): ServerInfo {
  const facts = catalogue[verdict.name];
  return {
    ...verdict,
    changed: [...verdict.changed],
    title: facts.title,
    wanted: facts.version,
    command: facts.command,
    offlineFile: join(cache.offline, facts.offline),
  };
}

/** `servers.list`. */
export async function listServers(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<ServerInfo[]> {
  const cache = new CachePaths(environment);
  return (await verifyServers({ environment })).map((verdict) => infoOf(verdict, cache));
}

/** `servers.install`. Whoever stops iterating cancels. */
export async function* installServers(
  names: readonly ServerName[],
  signal: AbortSignal,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): AsyncIterable<ServerProgress> {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) stop.abort();
  try {
    for (const name of names) {
      const news: InstallProgress[] = [];
      let wake: () => void = () => undefined;
      let ended = false;
      const work = ensureServer(name, {
        environment,
        signal: stop.signal,
        onProgress: (progress) => {
          news.push(progress);
          wake();
        },
      }).finally(() => {
        ended = true;
        wake();
      });
      // Awaited below; a failure while nobody looks must not end the process.
      work.catch(() => undefined);
      while (!ended || news.length > 0) {
        const next = news.shift();
        if (next !== undefined) yield { type: 'progress', name, ...next };
        else if (!ended) await new Promise<void>((resolve) => (wake = resolve));
      }
      await work;
      const info = (await listServers(environment)).find((server) => server.name === name);
      if (info !== undefined) yield { type: 'done', server: info };
    }
  } finally {
    stop.abort();
    signal.removeEventListener('abort', abort);
  }
}
