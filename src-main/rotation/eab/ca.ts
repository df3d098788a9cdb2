import * as z from 'zod';
import { isConsoleError } from '../../../shared/errors.ts';
import { newEcKey } from '../../acme/keys.ts';
import { acmeSession } from '../../acme/session.ts';
import type { AcmeAccountPort } from '../../acme/port.ts';
import type { ServicesContext } from '../../services/context.ts';
import { publishedTrust } from '../../services/trust.ts';
import { tlsClient } from '../../tls/client.ts';
import { httpRequest } from '../../tls/http-request.ts';
import type { EabPair } from './pair.ts';

/** A session with the installation's CA under an account of its own, for the time of an action. */
async function withAccount<T>(
  context: ServicesContext,
  eab: EabPair | undefined,
  action: (account: AcmeAccountPort) => Promise<T>,
): Promise<T> {
  const { directoryUrl } = await context.endpoints();
  const { bundlePem } = await publishedTrust(context.client());
  const account = acmeSession({
    directoryUrl,
    ca: bundlePem,
    accountKey: newEcKey(),
    ...(eab === undefined ? {} : { eab }),
    requestTimeoutMs: 10_000,
    retry: { attempts: 2 },
  });
  try {
    return await action(account);
  } finally {
    account.close();
  }
}

/** Whether the CA opens no account without EAB, as its directory says. */
export const eabRequired = (context: ServicesContext): Promise<boolean> =>
  withAccount(context, undefined, async (account) => (await account.describe()).eabRequired);

/**
 * Whether the CA opens an account with this binding; the account is closed again. A CA that gives pairs for one account only
 * has no second one for this pair afterwards.
 */
export function accepts(
  context: ServicesContext,
  eab: EabPair | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  return withAccount(context, eab, async (account) => {
    try {
      await account.openAccount(signal);
    } catch (error) {
      const refusals = ['acme_eab_rejected', 'acme_eab_required', 'acme_account_refused'] as const;
      if (refusals.some((code) => isConsoleError(error, code))) return false;
      throw error;
    }
    await account.deactivate(signal);
    return true;
  });
}

const versionSchema = z.object({ version: z.string(), requireClientAuthentication: z.boolean().optional() });

/** The version of a step-ca at this directory; undefined for every other CA. */
export async function stepCaVersion(context: ServicesContext): Promise<string | undefined> {
  const { directoryUrl } = await context.endpoints();
  const { bundlePem } = await publishedTrust(context.client());
  const tls = tlsClient({ ca: bundlePem });
  try {
    const url = new URL('/version', directoryUrl).href;
    const { status, body } = await httpRequest({ url, tls, timeoutMs: 5_000 });
    if (status !== 200) return undefined;
    const parsed = versionSchema.safeParse(JSON.parse(body.toString('utf8')));
    return parsed.success ? parsed.data.version : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    tls.close();
  }
}
