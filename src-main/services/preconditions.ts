import type { Precondition } from '../../shared/contract/operations.ts';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import { acmeError } from '../acme/errors.ts';
import { responderError } from '../responder/client.ts';
import { parseDsn, type Dsn } from '../postgres/dsn.ts';
import { probeLogin } from '../postgres/probe.ts';
import { httpRequest } from '../tls/http-request.ts';
import { tlsClient } from '../tls/client.ts';
import { readTextFileIfPresent } from '../workspace/atomic.ts';
import { caDsn, parseCaConfig } from '../workspace/ca-json.ts';
import type { ServicesContext } from './context.ts';
import { responderAccess } from './responder-access.ts';
import { publishedTrust } from './trust.ts';

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);

const says = (error: unknown): Message | undefined =>
  isConsoleError(error) ? message(`error.${error.code}.what`, error.data.params) : undefined;

async function ask(id: string, title: Message, question: () => Promise<void>): Promise<Precondition> {
  try {
    await question();
    return { id, title, met: true };
  } catch (error) {
    const detail = says(error);
    return { id, title, met: false, ...(detail === undefined ? {} : { detail }) };
  }
}

/** The database of a step-ca that runs on this computer, as its ca.json names it; undefined when it is none that can be asked from here. */
async function localDatabase({ paths }: ServicesContext): Promise<Dsn | undefined> {
  const text = await readTextFileIfPresent(paths.caConfig).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const dsn = caDsn(parseCaConfig(text, paths.caConfig));
    const parsed = dsn === undefined ? undefined : parseDsn(dsn);
    // In a container's configuration the host is a name that only containers know.
    return parsed !== undefined && isLoopback(parsed.host) ? parsed : undefined;
  } catch {
    // Whether ca.json is sound is for step-ca's own start to say.
    return undefined;
  }
}

/**
 * step-ca answers its directory without its database and then lets an order wait for it until that times out. Whether PostgreSQL lives
 * is all that counts here: a password that step-ca no longer uses does not keep an order from its end.
 */
async function databaseLives(dsn: Dsn): Promise<void> {
  const login = await probeLogin(dsn, { connectMs: 2_000, statementMs: 2_000 });
  if (login.ok) return;
  const dead = ['postgres_unreachable', 'postgres_slow', 'postgres_starting'] as const;
  if (dead.some((code) => isConsoleError(login.error, code))) throw login.error;
}

/** What must answer before a service can be enrolled or renewed. Each question is live and without effect. */
export async function serverPreconditions(context: ServicesContext): Promise<Precondition[]> {
  const database = await localDatabase(context);
  return Promise.all([
    ...(database === undefined
      ? []
      : [ask('database', message('service.precondition.database'), () => databaseLives(database))]),
    ask('session', message('service.precondition.session'), async () => {
      await context.client().token.lookupSelf();
    }),
    ask('stepca', message('service.precondition.stepca'), async () => {
      const { bundlePem } = await publishedTrust(context.client());
      const { directoryUrl } = await context.endpoints();
      const tls = tlsClient({ ca: bundlePem });
      try {
        const answer = await httpRequest({ url: directoryUrl, tls, timeoutMs: 5_000 });
        if (answer.status !== 200)
          throw new ConsoleError('stepca_error', { url: directoryUrl, status: answer.status });
      } catch (error) {
        throw acmeError(error, { stage: 'directory', url: directoryUrl, name: '', hasEab: false });
      } finally {
        tls.close();
      }
    }),
    ask('responder', message('service.precondition.responder'), async () => {
      const { url, tls } = await responderAccess(context);
      // An unsigned call is refused with 401, which is the answer of a responder that works.
      await httpRequest({
        url: `${url}/admin/http01`,
        method: 'POST',
        body: '{}',
        timeoutMs: 5_000,
        ...(tls === undefined ? {} : { tls }),
      }).catch((error: unknown) => {
        throw responderError(url, error);
      });
    }),
  ]);
}
