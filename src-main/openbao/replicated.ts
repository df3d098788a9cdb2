import { setTimeout as pause } from 'node:timers/promises';
import { isConsoleError } from '../../shared/errors.ts';
import type { Login, OpenBao } from './openbao.ts';

/** Milliseconds before each further question; what the leader wrote reaches a standby long before their sum. */
const waits = [25, 75, 200, 500, 1_000];

/**
 * Asks until what was just written shows. A standby of a cluster answers a login from its own copy, which may be some
 * milliseconds behind the leader that took the write.
 * @param shows whether the answer is that of after the write
 * @returns what it was in the end
 */
export async function untilReplicated(shows: () => Promise<boolean>): Promise<boolean> {
  for (const wait of waits) {
    if (await shows()) return true;
    await pause(wait);
  }
  return shows();
}

/**
 * A login with a credential that was written a moment ago, asked again while a standby may not know it yet.
 * @throws those of a login: `openbao_credentials_refused` once it would have shown
 */
export async function loginAfterWrite(
  openbao: Pick<OpenBao, 'login'>,
  roleId: string,
  secretId: string,
): Promise<Login> {
  let refusal: unknown;
  let login: Login | undefined;
  await untilReplicated(async () => {
    try {
      login = await openbao.login(roleId, secretId);
      return true;
    } catch (error) {
      if (!isConsoleError(error, 'openbao_credentials_refused')) throw error;
      refusal = error;
      return false;
    }
  });
  if (login === undefined) throw refusal;
  return login;
}
