/** Where the page opens its WebSocket; `src-renderer/app/start-session.ts` names the same path. */
export const socketPath = '/socket';
