import { EventEmitter } from 'node:events';
import type { IpcMainEvent, WebContents } from 'electron';
import { describe, expect, it, vi } from 'vitest';
import type { Dispatcher } from '../../console/dispatcher.ts';

vi.mock('electron', () => ({
  app: { enableSandbox: () => undefined, on: () => undefined },
  protocol: { registerSchemesAsPrivileged: () => undefined },
}));

const { serveFrameIpc } = await import('./frame-ipc.ts');
type IpcListener = Parameters<Parameters<typeof serveFrameIpc>[0]['receiver']['on']>[1];

function start() {
  const sent: string[] = [];
  const calls: string[] = [];
  const aborted: string[] = [];
  const refused: unknown[] = [];
  const contents = Object.assign(new EventEmitter(), {
    send: (_channel: string, text: string) => sent.push(text),
    isDestroyed: () => false,
  }) as unknown as WebContents;
  const dispatcher: Dispatcher = {
    kindOf: () => 'query',
    call: (name, _input, call) => {
      calls.push(name);
      call.signal.addEventListener('abort', () => aborted.push(name));
      return name === 'wait' ? new Promise(() => undefined) : Promise.resolve('answer');
    },
    async *open() {
      yield 1;
    },
  };
  let listener: IpcListener = () => undefined;
  serveFrameIpc({
    receiver: { on: (_channel, added) => (listener = added) },
    contents,
    dispatcher,
    actor: 'kim@desk',
    log: { info: () => undefined, warn: (fields) => refused.push(fields['reason']), error: () => undefined },
  });
  const say = (event: object, value: unknown): void => listener(event as IpcMainEvent, value);
  return { aborted, calls, contents, refused, say, sent };
}

const own = { parent: null, url: 'app://console/#/' };
const request = (p: string, id = 1): string => JSON.stringify({ t: 'req', id, p, i: {} });

describe('serveFrameIpc', () => {
  it('answers the page of the window', async () => {
    const { contents, say, sent } = start();
    say({ sender: contents, senderFrame: own }, request('home'));
    await vi.waitFor(() => expect(sent).toEqual(['{"t":"ok","id":1,"o":"answer"}']));
  });

  it.each([
    ['foreign_contents', { sender: {}, senderFrame: own }],
    ['foreign_contents', { senderFrame: null }],
    ['foreign_frame', { senderFrame: { parent: own, url: 'app://console/' } }],
    ['foreign_origin', { senderFrame: { parent: null, url: 'https://evil.example/' } }],
    ['foreign_origin', { senderFrame: { parent: null, url: 'app://console.evil.example/' } }],
  ])('refuses and logs %s', (reason, event) => {
    const { calls, contents, refused, say } = start();
    say({ sender: contents, ...event }, request('home'));
    expect(refused).toEqual([reason]);
    expect(calls).toEqual([]);
  });

  it('refuses what is no text', () => {
    const { calls, contents, refused, say } = start();
    say({ sender: contents, senderFrame: own }, { t: 'req', id: 1, p: 'home', i: {} });
    expect(refused).toEqual(['frame_malformed']);
    expect(calls).toEqual([]);
  });

  it('aborts open calls when the page is loaded again, and its numbers start over', () => {
    const { aborted, calls, contents, refused, say } = start();
    say({ sender: contents, senderFrame: own }, request('wait'));
    contents.emit('did-navigate');
    say({ sender: contents, senderFrame: own }, request('wait'));
    expect(aborted).toEqual(['wait']);
    expect(calls).toEqual(['wait', 'wait']);
    expect(refused).toEqual([]);
  });
});
