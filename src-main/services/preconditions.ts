import type { Precondition } from '../../shared/contract/operations.ts';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import { acmeError } from '../acme/errors.ts';
import { responderError } from '../responder/client.ts';
import { httpRequest } from '../tls/http-request.ts';
import { tlsClient } from '../tls/client.ts';
import type { ServicesContext } from './context.ts';
import { publishedTrust } from './trust.ts';

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

/** What must answer before a service can be enrolled or renewed. Each question is live and without effect. */
export function serverPreconditions(context: ServicesContext): Promise<Precondition[]> {
  return Promise.all([
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
      const { responderAdminUrl } = await context.endpoints();
      // An unsigned call is refused with 401, which is the answer of a responder that works.
      await httpRequest({
        url: `${responderAdminUrl}/admin/http01`,
        method: 'POST',
        body: '{}',
        timeoutMs: 5_000,
      }).catch((error: unknown) => {
        throw responderError(responderAdminUrl, error);
      });
    }),
  ]);
}
