import * as z from 'zod';
import type { Effect } from '../../../shared/contract/operations.ts';
import { message } from '../../../shared/message.ts';
import type { OperationDefinition, Step } from '../../operations/types.ts';
import type { Layout } from '../../topology/layout.ts';
import { ask, filesPrecondition, somePrecondition } from '../preconditions.ts';
import { openIntermediate } from './pair.ts';
import { infraServerStep, type InfraTlsContext } from './server-step.ts';
import { infraServerIds, infraServers, type InfraServer } from './servers.ts';

const inputSchema = z.object({
  servers: z.union([z.literal('all'), z.array(z.enum(infraServerIds)).min(1)]).default('all'),
});
export type InfraTlsInput = z.infer<typeof inputSchema>;

export interface InfraTlsWorld extends InfraTlsContext {
  readLayout(): Promise<Layout | undefined>;
}

const hasPair = (server: InfraServer): server is Required<InfraServer> => server.pair !== undefined;

/** Says of each server without TLS that there is nothing to renew. */
function plainStep(plain: readonly InfraServer[]): Step {
  return {
    id: 'plain',
    title: message('infra_tls.step.plain'),
    effects: plain.map(({ id }): Effect => ({
      kind: 'touches',
      who: id,
      note: message('infra_tls.note.plain'),
    })),
    check: async () => true,
    apply: async () => undefined,
    undo: async () => undefined,
  };
}

/** New serving certificates of OpenBao, PostgreSQL and the responder's admin port, taken over by a signal. */
export function infraTlsDefinition(world: InfraTlsWorld): OperationDefinition<InfraTlsInput> {
  return {
    kind: 'rotate.infra-tls',
    unfinished: 'superseded',
    input: inputSchema,
    async prepare({ servers }) {
      const layout = await world.readLayout();
      const all = await infraServers(world.services.paths, layout);
      const chosen = servers === 'all' ? all : all.filter(({ id }) => servers.includes(id));
      const secure = chosen.filter(hasPair);
      const plain = chosen.filter((server) => !hasPair(server));
      const openbao = secure.some(({ id }) => id === 'openbao');
      return {
        title: message('infra_tls.title'),
        summary: message('infra_tls.summary', { count: secure.length }),
        steps: [
          ...secure.map((server) => infraServerStep(world, server)),
          ...(plain.length === 0 ? [] : [plainStep(plain)]),
        ],
        preconditions: [
          {
            ...somePrecondition(secure.length),
            title: message('infra_tls.precondition.some'),
            ...(secure.length > 0 ? {} : { detail: message('infra_tls.note.none') }),
          },
          await ask('managed', message('rotation.precondition.managed'), async () =>
            layout === undefined ? message('rotation.precondition.not_managed') : undefined,
          ),
          await ask('ca', message('infra_tls.precondition.ca'), async () => {
            await openIntermediate(world.services);
            return undefined;
          }),
          await filesPrecondition(
            secure.flatMap(({ pair }) => (pair.inside === undefined ? [pair.certPath, pair.keyPath] : [])),
          ),
          ...(openbao
            ? [
                await ask('unsealed', message('setup.production.precondition.unsealed'), async () =>
                  (await world.services.openbao.sealStatus()).sealed
                    ? message('error.openbao_sealed.what', { url: world.services.openbao.url })
                    : undefined,
                ),
              ]
            : []),
        ],
        confirm: { verb: message('rotation.confirm') },
      };
    },
  };
}
