import type { IncomingMessage } from 'node:http';
import { FrameReader, LineCutter, type OutputPiece } from './frames.ts';

/** One line that a container wrote. */
export interface ContainerLine {
  readonly stream: OutputPiece['stream'];
  /** Unix milliseconds; absent when the engine gave none. */
  readonly at?: number;
  readonly text: string;
}

/** RFC 3339 with nanoseconds, a space, the line. */
const stamped = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d)) /;

function lineOf(stream: OutputPiece['stream'], raw: string, stamps: boolean): ContainerLine {
  const found = stamps ? stamped.exec(raw) : null;
  if (found === null) return { stream, text: raw };
  return { stream, at: Date.parse(found[1] ?? ''), text: raw.slice(found[0].length) };
}

/**
 * Cuts an answer of the engine into lines.
 * @param terminal one stream without frames
 * @param stamps each line begins with its time
 */
export async function* readLines(
  answer: IncomingMessage,
  terminal: boolean,
  stamps = true,
): AsyncGenerator<ContainerLine> {
  const frames = new FrameReader();
  const cutters = { stdout: new LineCutter(), stderr: new LineCutter() };
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const pieces: OutputPiece[] = terminal ? [{ stream: 'stdout', data: chunk }] : frames.push(chunk);
    for (const { stream, data } of pieces)
      for (const line of cutters[stream].push(data)) yield lineOf(stream, line, stamps);
  }
  for (const stream of ['stdout', 'stderr'] as const)
    for (const line of cutters[stream].end()) yield lineOf(stream, line, stamps);
}
