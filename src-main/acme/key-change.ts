import type { Client } from 'acme-client';
import { ConsoleError } from '../../shared/errors.ts';
import { AcmeProblem } from './problem.ts';

/** The parts of acme-client that its own key change uses; that one opens a connection past our trust. */
interface Inside {
  readonly http: {
    getResourceUrl(resource: string): Promise<string>;
    getJwk(): object;
    createSignedBody(url: string, payload: object): object;
  };
  readonly api: { updateAccountKey(body: object): Promise<unknown> };
}

/** What a server says that has a name for key changes in its directory and nothing behind it. */
const notThere: ReadonlySet<number> = new Set([404, 405, 501]);

/**
 * RFC 8555 §7.3.5: the new key signs that it wants the account, the old key signs that it may.
 * @param now the account with its present key
 * @param next the same account with the new key
 * @throws ConsoleError `acme_no_key_change`
 */
export async function changeAccountKey(now: Client, next: Client): Promise<void> {
  const old = now as unknown as Inside;
  const fresh = next as unknown as Inside;
  let url: string;
  try {
    url = await fresh.http.getResourceUrl('keyChange');
  } catch (error) {
    if (error instanceof AcmeProblem) throw error;
    throw new ConsoleError('acme_no_key_change', {}, { cause: error });
  }
  const inner = fresh.http.createSignedBody(url, {
    account: now.getAccountUrl(),
    oldKey: old.http.getJwk(),
  });
  try {
    await old.api.updateAccountKey(inner);
  } catch (error) {
    if (error instanceof AcmeProblem && notThere.has(error.status))
      throw new ConsoleError('acme_no_key_change', {}, { cause: error });
    throw error;
  }
}
