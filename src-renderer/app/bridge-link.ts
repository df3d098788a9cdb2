import type { ClientFrame } from '../../shared/frames.ts';
import type { Link, LinkEvents } from './link.ts';

/** What the preload script of the window exposes. */
export interface Bridge {
  readonly host: 'electron';
  readonly send: (frame: ClientFrame) => void;
  readonly onFrame: (listener: (frame: unknown) => void) => () => void;
}

declare global {
  interface Window {
    readonly bootroot?: Bridge;
  }
}

/** A link over contextBridge: always open while the window lives. */
export function openBridgeLink(bridge: Bridge, events: LinkEvents): Link {
  const remove = bridge.onFrame(events.onFrame);
  queueMicrotask(events.onOpen);
  return { send: (frame) => bridge.send(frame), close: remove };
}
