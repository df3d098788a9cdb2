import { isConsoleError, ConsoleError } from '../../shared/errors.ts';
import { clientFrameSchema, maxFrameBytes, type ClientFrame, type ServerFrame } from '../../shared/frames.ts';
import type { Call, Dispatcher } from '../console/dispatcher.ts';
import { toErrorData } from '../operations/error-data.ts';

/** Requests and streams that one client may have open at a time. */
export const maxOpenCalls = 200;

/** Why a frame was refused before it named a call that could be answered. */
export type FrameRefusal = 'frame_too_large' | 'frame_malformed' | 'frame_duplicate';

export interface FrameServerOptions {
  readonly dispatcher: Dispatcher;
  readonly call: Omit<Call, 'signal'>;
  /** Hands one frame to the transport; settles when the transport takes the next one of the same stream (back-pressure). */
  readonly send: (frame: string) => void | Promise<void>;
  /** A frame that cannot be answered. The transport logs it and may disconnect. */
  readonly onRefused: (reason: FrameRefusal) => void;
}

export interface FrameServer {
  /** One frame as the transport got it: JSON text. Never throws. */
  receive(text: string): void;
  /** Calls that are open now. */
  readonly open: number;
  /** Aborts everything that is open; later frames are ignored. */
  close(): void;
}

/** Bytes of UTF-8 that `text` takes, without a copy for the usual small frame. */
const tooLarge = (text: string): boolean =>
  text.length > maxFrameBytes || (text.length * 3 > maxFrameBytes && Buffer.byteLength(text) > maxFrameBytes);

function parseFrame(text: string): ClientFrame | undefined {
  try {
    const result = clientFrameSchema.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Serves one client over any transport that carries text: checks frames, runs calls side by side, streams with back-pressure,
 * and aborts what is open when the client goes. Errors travel as ErrorData, so nothing unredacted leaves.
 */
export function serveFrames(options: FrameServerOptions): FrameServer {
  const { dispatcher } = options;
  const running = new Map<number, AbortController>();
  let closed = false;

  const send = async (frame: ServerFrame): Promise<void> => {
    if (closed) return;
    const text = JSON.stringify(frame);
    if (!tooLarge(text)) return options.send(text);
    const error = new ConsoleError('answer_too_large');
    return options.send(JSON.stringify({ t: 'err', id: frame.id, e: error.data } satisfies ServerFrame));
  };
  const sendError = (id: number, error: unknown): Promise<void> =>
    send({ t: 'err', id, e: toErrorData(error) });

  const stream = async (id: number, name: string, input: unknown, call: Call): Promise<void> => {
    for await (const item of dispatcher.open(name, input, call)) {
      if (call.signal.aborted) throw new ConsoleError('cancelled');
      await send({ t: 'next', id, o: item });
    }
    await send({ t: 'end', id });
  };

  const run = async (
    id: number,
    name: string,
    input: unknown,
    shown: string | undefined,
    controller: AbortController,
  ): Promise<void> => {
    let w: string | undefined;
    const call: Call = {
      ...options.call,
      signal: controller.signal,
      shown,
      onShown: (workspace) => (w = workspace),
    };
    try {
      if (dispatcher.kindOf(name) === 'stream') return await stream(id, name, input, call);
      const o = await dispatcher.call(name, input, call);
      await send({ t: 'ok', id, o, ...(w === undefined ? {} : { w }) });
    } catch (error) {
      // An aborted call gets no answer beyond the abort, unless it ended for a reason of its own.
      const ended = controller.signal.aborted && !isConsoleError(error);
      await sendError(id, ended ? new ConsoleError('cancelled') : error);
    } finally {
      running.delete(id);
    }
  };

  const start = ({ id, p: name, i: input, w: shown }: Extract<ClientFrame, { t: 'req' }>): void => {
    if (running.has(id)) {
      options.onRefused('frame_duplicate');
      return;
    }
    if (running.size >= maxOpenCalls) {
      void sendError(id, new ConsoleError('too_many_calls', { limit: maxOpenCalls })).catch(() => undefined);
      return;
    }
    const controller = new AbortController();
    running.set(id, controller);
    // Sending fails only when the client has gone, and then close() follows.
    run(id, name, input, shown, controller).catch(() => undefined);
  };

  return {
    receive(text) {
      if (closed) return;
      if (tooLarge(text)) return options.onRefused('frame_too_large');
      const frame = parseFrame(text);
      if (frame === undefined) return options.onRefused('frame_malformed');
      if (frame.t === 'abort') running.get(frame.id)?.abort();
      else start(frame);
    },
    get open() {
      return running.size;
    },
    close() {
      closed = true;
      for (const controller of running.values()) controller.abort();
    },
  };
}
