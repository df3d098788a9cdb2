/** Where the page opens its WebSocket; `src-renderer/app/socket-link.ts` names the same path. A plain GET tells whether the session is good. */
export const socketPath = '/rpc';
