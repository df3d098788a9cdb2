import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConsoleError } from '../../shared/errors.ts';
import { maxFrameBytes, serverFrameSchema, type ServerFrame } from '../../shared/frames.ts';
import type { Call, Dispatcher } from '../console/dispatcher.ts';
import { maxOpenCalls, serveFrames, type FrameRefusal } from './rpc.ts';

const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new ConsoleError('cancelled')), { once: true });
  });

/** Three procedures: an answer, a wait without end, a stream of numbers. */
function createSmallDispatcher(): Dispatcher & { aborted: number; sent: number } {
  const state = {
    aborted: 0,
    sent: 0,
    kindOf: (name: string) =>
      name === 'count'
        ? ('stream' as const)
        : name === 'echo' || name === 'wait'
          ? ('query' as const)
          : undefined,
    async call(name: string, input: unknown, call: Call): Promise<unknown> {
      if (name === 'echo') return input;
      if (name !== 'wait') throw new ConsoleError('unknown_procedure');
      call.signal.addEventListener('abort', () => (state.aborted += 1), { once: true });
      return forever(call.signal);
    },
    async *open(name: string, _input: unknown, call: Call): AsyncIterable<unknown> {
      if (name !== 'count') throw new ConsoleError('unknown_procedure');
      for (let item = 0; !call.signal.aborted && item < 1000; item += 1) {
        state.sent += 1;
        yield item;
      }
    },
  };
  return state;
}

function connect(send?: (frame: string) => Promise<void>) {
  const dispatcher = createSmallDispatcher();
  const frames: ServerFrame[] = [];
  const refused: FrameRefusal[] = [];
  const server = serveFrames({
    dispatcher,
    call: { actor: 'test', host: 'web' },
    send: (frame) => {
      frames.push(serverFrameSchema.parse(JSON.parse(frame)));
      return send?.(frame);
    },
    onRefused: (reason) => refused.push(reason),
  });
  return { dispatcher, frames, refused, server };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
const request = (id: number, p: string, i: unknown = {}): string => JSON.stringify({ t: 'req', id, p, i });

describe('serveFrames', () => {
  it('answers a call, and an unknown procedure with an error', async () => {
    const { frames, server } = connect();
    server.receive(request(1, 'echo', { a: 1 }));
    server.receive(request(2, 'constructor'));
    await settle();
    expect(frames).toContainEqual({ t: 'ok', id: 1, o: { a: 1 } });
    expect(frames).toContainEqual(
      expect.objectContaining({
        t: 'err',
        id: 2,
        e: expect.objectContaining({ code: 'unknown_procedure' }) as unknown,
      }),
    );
    expect(server.open).toBe(0);
  });

  it('ends one call on abort and leaves the others', async () => {
    const { dispatcher, frames, server } = connect();
    server.receive(request(1, 'wait'));
    server.receive(request(2, 'wait'));
    server.receive(JSON.stringify({ t: 'abort', id: 1 }));
    await settle();
    expect(dispatcher.aborted).toBe(1);
    expect(frames.map(({ id }) => id)).toEqual([1]);
    expect(server.open).toBe(1);
  });

  it('aborts everything and says nothing more when the client goes', async () => {
    const { dispatcher, frames, server } = connect();
    for (let id = 1; id <= 5; id += 1) server.receive(request(id, 'wait'));
    server.close();
    server.receive(request(9, 'echo'));
    await settle();
    expect(dispatcher.aborted).toBe(5);
    expect(frames).toEqual([]);
    expect(server.open).toBe(0);
  });

  it('refuses a number that is in use and calls beyond the limit', async () => {
    const { frames, refused, server } = connect();
    for (let id = 1; id <= maxOpenCalls + 1; id += 1) server.receive(request(id, 'wait'));
    server.receive(request(1, 'wait'));
    await settle();
    expect(refused).toEqual(['frame_duplicate']);
    expect(frames).toHaveLength(1);
    expect(frames[0]).toMatchObject({ t: 'err', id: maxOpenCalls + 1, e: { code: 'too_many_calls' } });
    server.close();
  });

  it('waits for the transport between the items of a stream', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const { dispatcher, frames, server } = connect(() => gate);
    server.receive(request(1, 'count'));
    await settle();
    expect(dispatcher.sent).toBe(1);
    release();
    await settle();
    expect(frames).toHaveLength(1001);
    expect(frames.at(-1)).toEqual({ t: 'end', id: 1 });
  });

  it('refuses a frame over the limit without parsing it', () => {
    const { refused, server } = connect();
    server.receive('x'.repeat(maxFrameBytes + 1));
    server.receive('한'.repeat(maxFrameBytes / 3 + 1));
    expect(refused).toEqual(['frame_too_large', 'frame_too_large']);
  });

  it('survives any text and any JSON: refuses or answers, never throws', async () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record(
          {
            t: fc.constantFrom('req', 'abort', 'ok', '__proto__'),
            id: fc.anything(),
            p: fc.string(),
            i: fc.jsonValue(),
          },
          { requiredKeys: [] },
        )
        .map((frame) => JSON.stringify(frame)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { maxLength: 20 }), async (texts) => {
        const { frames, refused, server } = connect();
        for (const text of texts) server.receive(text ?? '');
        await new Promise((resolve) => setImmediate(resolve));
        server.close();
        expect(frames.length + refused.length).toBeLessThanOrEqual(texts.length * 2);
        expect(server.open).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
