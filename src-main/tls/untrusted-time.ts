import { request } from 'node:https';

/**
 * What time an HTTPS server says it is, whoever it is: the `Date` header (RFC 9110 6.6.1) alone is read, nothing is sent but the request
 * for it, and the answer is good for a hint about this host's clock only. For when no certificate can be verified because of that clock.
 * @returns Unix milliseconds; undefined: no answer
 */
export function untrustedTime(url: string, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = request(
      url,
      { method: 'HEAD', rejectUnauthorized: false, agent: false, timeout: 5_000, signal },
      (answer) => {
        answer.resume();
        const at = Date.parse(answer.headers.date ?? '');
        resolve(Number.isFinite(at) ? at : undefined);
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.on('close', () => resolve(undefined));
    asked.end();
  });
}
