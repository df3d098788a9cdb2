import type { Oddity } from '../../../shared/contract/adopt.ts';
import { message } from '../../../shared/message.ts';
import type { Container } from '../../docker/shapes.ts';
import type { State } from '../../workspace/state-schema.ts';
import type { Service } from '../../services/entry.ts';

const loopback: readonly string[] = ['127.0.0.1', 'localhost', '::1', '[::1]'];
const everywhere: readonly string[] = ['', '0.0.0.0', '::'];

/** Where a container's ports are published, `127.0.0.1:8200`; an empty address stands for every one. */
const publishedBy = ({ ports }: Container): readonly { readonly host: string; readonly port: number }[] =>
  ports.flatMap(({ host = '', published }) => (published === undefined ? [] : [{ host, port: published }]));

const shown = (container: Container): string =>
  [...new Set(publishedBy(container).map(({ host, port }) => `${host}:${String(port)}`))].join(', ') || '–';

function answersAt(container: Container, host: string, port: number): boolean {
  return publishedBy(container).some(
    (one) =>
      one.port === port &&
      (everywhere.includes(one.host) ||
        one.host === host ||
        (loopback.includes(one.host) && loopback.includes(host))),
  );
}

/** What state.json gives as addresses of servers: the key, the service of the Compose files, host and port. */
function addresses(state: State): readonly (readonly [string, string, string, string, number])[] {
  const url = URL.canParse(state.openbao_url) ? new URL(state.openbao_url) : undefined;
  const bound = (
    [
      ['openbao_bind_addr', 'openbao', state.openbao_bind_addr],
      ['http01_admin_bind_addr', 'bootroot-http01', state.http01_admin_bind_addr],
      ['stepca_bind_addr', 'step-ca', state.stepca_bind_addr],
    ] as const
  ).flatMap(([key, service, value]) => {
    const match = /^(.*):(\d+)$/.exec(value ?? '');
    return match === null ? [] : [[key, service, value ?? '', match[1] ?? '', Number(match[2])] as const];
  });
  if (url === undefined || !loopback.includes(url.hostname)) return bound;
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return [['openbao_url', 'openbao', state.openbao_url, url.hostname, port], ...bound];
}

/**
 * What state.json says of containers against those that there are: addresses, containers of services, containers that get a signal.
 * @param byService the containers of this installation by their service in the Compose files
 */
export function compareState(
  state: State,
  services: readonly Service[],
  listed: readonly Container[],
  byService: ReadonlyMap<string, Container>,
): readonly Oddity[] {
  const running = new Set(listed.filter(({ state: how }) => how === 'running').map(({ name }) => name));
  const wrong = addresses(state).flatMap(([key, service, value, host, port]): Oddity[] => {
    const container = byService.get(service);
    // One that does not run publishes nothing; that it does not run is said already.
    if (container === undefined || !running.has(container.name) || answersAt(container, host, port))
      return [];
    const params = { key, value, container: container.name, ports: shown(container) };
    return [
      {
        id: `container-address:${key}`,
        severity: 'warning',
        what: 'state.json',
        text: message('adopt.text.container_address', params),
      },
    ];
  });
  const without = services.flatMap(({ id, entry }): Oddity[] => {
    const container = entry.container_name ?? '';
    if (entry.deploy_type !== 'docker' || container === '' || running.has(container)) return [];
    const there = listed.some(({ name }) => name === container);
    const text = message(
      there ? 'adopt.text.service_container_stopped' : 'adopt.text.service_container_none',
      {
        service: id,
        container,
      },
    );
    return [{ id: `container-service:${id}`, severity: 'warning', what: container, text }];
  });
  const deaf = Object.entries(state.infra_certs ?? {}).flatMap(
    ([key, { reload_strategy: how }]): Oddity[] => {
      const container = how['container_name'];
      if (typeof container !== 'string' || listed.some(({ name }) => name === container)) return [];
      const text = message('adopt.text.reload_container', { key, container });
      return [{ id: `container-reload:${key}`, severity: 'warning', what: container, text }];
    },
  );
  return [...wrong, ...without, ...deaf];
}
