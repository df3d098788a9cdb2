import { protocol } from 'electron';
import { securityHeaders } from '../page-policy.ts';
import type { RendererFiles } from '../renderer-files.ts';
import { appScheme, isOwnPage } from './security.ts';

/** Serves the built renderer as `app://console/…` with the same policy as the web host. */
export function serveAppProtocol(files: RendererFiles): void {
  protocol.handle(appScheme, (request) => {
    const found =
      request.method === 'GET' && isOwnPage(request.url)
        ? files.find(new URL(request.url).pathname)
        : undefined;
    if (found === undefined) return new Response(null, { status: 404, headers: { ...securityHeaders } });
    const body = new Uint8Array(found.body);
    return new Response(body, { status: 200, headers: { ...securityHeaders, 'content-type': found.type } });
  });
}
