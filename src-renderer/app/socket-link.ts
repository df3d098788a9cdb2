import type { Link, LinkEnd, LinkEvents } from './link.ts';

/** Close codes with which the web host says that the session is over (RFC 6455 7.4.2 leaves 4000-4999 to applications). */
const endedCodes = new Set([4401, 4403, 1008]);

/** A browser hides why an upgrade was refused, so a plain request asks whether the session is still good. */
async function reasonOfFailure(): Promise<LinkEnd> {
  try {
    const answer = await fetch(new URL('rpc', document.baseURI), { cache: 'no-store', redirect: 'manual' });
    return answer.status === 401 || answer.status === 403 ? 'unauthorised' : 'lost';
  } catch {
    return 'lost';
  }
}

/** A link over the WebSocket of the web host. */
export function openSocketLink(events: LinkEvents): Link {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const socket = new WebSocket(`${scheme}://${location.host}/rpc`);
  let opened = false;
  let closed = false;
  socket.onopen = () => {
    opened = true;
    events.onOpen();
  };
  socket.onmessage = (event) => {
    if (typeof event.data !== 'string') return;
    let frame: unknown;
    try {
      frame = JSON.parse(event.data);
    } catch {
      return socket.close();
    }
    events.onFrame(frame);
  };
  socket.onclose = (event) => {
    if (closed) return;
    closed = true;
    if (endedCodes.has(event.code)) events.onEnd('unauthorised');
    else if (opened) events.onEnd('lost');
    else void reasonOfFailure().then(events.onEnd);
  };
  return {
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    },
    close: () => {
      closed = true;
      socket.close();
    },
  };
}
