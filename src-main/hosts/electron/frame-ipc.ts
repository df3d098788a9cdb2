import type { IpcMainEvent, WebContents, WebFrameMain } from 'electron';
import type { Dispatcher } from '../../console/dispatcher.ts';
import type { HostLog } from '../host-console.ts';
import { serveFrames, type FrameServer } from '../rpc.ts';
import { frameChannel } from './channel.ts';
import { isOwnPage } from './security.ts';

/** The part of ipcMain that is used. */
export interface IpcReceiver {
  on(channel: string, listener: (event: IpcMainEvent, ...values: unknown[]) => void): unknown;
}

export interface FrameIpcOptions {
  readonly receiver: IpcReceiver;
  readonly contents: WebContents;
  readonly dispatcher: Dispatcher;
  readonly actor: string;
  readonly log: HostLog;
}

/** Why a message did not come from the page that the window shows; undefined when it did. */
export function senderProblem(event: IpcMainEvent, contents: WebContents): string | undefined {
  const frame: WebFrameMain | null = event.senderFrame;
  if (event.sender !== contents || frame === null) return 'foreign_contents';
  if (frame.parent !== null) return 'foreign_frame';
  return isOwnPage(frame.url) ? undefined : 'foreign_origin';
}

/** Serves the frames of the one window. A reload or a crash of the page aborts all its calls. */
export function serveFrameIpc(options: FrameIpcOptions): void {
  const { contents, dispatcher, log, receiver } = options;
  const refuse = (reason: string): void => log.warn({ reason }, 'refused');
  // Resolved in a later turn: a stream that never waits must not keep the window from its other work.
  const send = (frame: string): Promise<void> =>
    new Promise((resolve) => {
      if (!contents.isDestroyed()) contents.send(frameChannel, frame);
      setImmediate(resolve);
    });
  const open = (): FrameServer =>
    serveFrames({
      dispatcher,
      call: { actor: `${options.actor} (window)`, host: 'electron' },
      send,
      onRefused: refuse,
    });

  let server = open();
  const startOver = (): void => {
    server.close();
    server = open();
  };
  contents.on('did-navigate', startOver);
  contents.on('render-process-gone', startOver);
  contents.on('destroyed', () => server.close());
  receiver.on(frameChannel, (event, text) => {
    const problem = senderProblem(event, contents);
    if (problem !== undefined) return refuse(problem);
    if (typeof text !== 'string') return refuse('frame_malformed');
    server.receive(text);
  });
}
