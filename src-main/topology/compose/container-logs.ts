import type { LogLine, LogSource } from '../../../shared/contract/topology.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import type { DockerEngine } from '../../docker/engine.ts';
import type { ContainerLine } from '../../docker/output.ts';
import { pause } from '../../operations/pause.ts';
import { parseLine, redact } from '../log-lines.ts';
import { merged } from './merged.ts';

/** How long after its end a container is looked for again, milliseconds. */
const againMs = 1_000;

const gone = (error: unknown): boolean => isConsoleError(error, 'docker_not_found');

/** The last lines of a container, redacted; none of one that is not there or whose engine does not answer. */
export async function lastContainerLines(
  engine: DockerEngine,
  container: string,
  tail: number,
): Promise<string[]> {
  const lines: string[] = [];
  try {
    for await (const { text } of engine.logs(container, { tail })) lines.push(redact(text));
  } catch (error) {
    if (!isConsoleError(error)) throw error;
  }
  return lines;
}

const toLogLine = (server: LogSource, { at, text }: ContainerLine): LogLine => ({
  ...(at === undefined ? {} : { at }),
  ...parseLine(server, redact(text)),
});

/** Each new line of one container, also of what it becomes when it is started or made again. Ends with the signal. */
async function* followOne(
  engine: DockerEngine,
  server: LogSource,
  container: string,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  let since = Date.now();
  while (!signal.aborted) {
    try {
      for await (const line of engine.logs(container, { since, follow: true, signal })) {
        since = (line.at ?? since) + 1;
        yield toLogLine(server, line);
      }
    } catch (error) {
      if (!gone(error)) throw error;
    }
    await pause(againMs, signal);
  }
}

/** The last lines of some containers in the order of time, then each new one of any of them. */
export async function* containerLogs(
  engine: DockerEngine,
  containers: ReadonlyMap<LogSource, string>,
  options: { readonly lines: number; readonly follow: boolean },
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const last: { readonly at: number; readonly line: LogLine }[] = [];
  for (const [server, container] of containers)
    try {
      for await (const line of engine.logs(container, { tail: options.lines, signal }))
        last.push({ at: line.at ?? 0, line: toLogLine(server, line) });
    } catch (error) {
      if (!gone(error)) throw error;
    }
  last.sort((a, b) => a.at - b.at);
  for (const { line } of options.lines > 0 ? last.slice(-options.lines) : []) yield line;
  if (!options.follow) return;
  yield* merged(
    [...containers].map(
      ([server, container]) =>
        (stop: AbortSignal) =>
          followOne(engine, server, container, stop),
    ),
    signal,
  );
}
