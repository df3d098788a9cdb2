import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServerStatus } from '../../shared/contract/topology.ts';
import type { ServiceDetail } from '../../shared/contract/services.ts';
import { dockerConfig } from '../support/docker/compose-plugin.ts';
import { noEngine, startDaemon, type TestDaemon } from '../support/docker/daemon.ts';
import { emptyInstallation, type InnerConsole, type Installation } from '../support/installation.ts';

const why = noEngine();

describe.skipIf(why !== undefined)(
  `an installation in containers${why === undefined ? '' : ` (${why})`}`,
  () => {
    let daemon: TestDaemon | undefined;
    let made: Installation | undefined;
    let inner: InnerConsole;

    const engine = () => daemon?.engine ?? expect.unreachable();
    const states = async (): Promise<Record<string, string>> =>
      Object.fromEntries(
        (await inner.first<ServerStatus[]>('infra.status')).map(({ name, state }) => [name, state]),
      );
    const prove = async (): Promise<string[]> => {
      const { ladder } = await inner.call<ServiceDetail>('services.prove', { id: 'edge-proxy' });
      return ladder.map(({ rung, outcome }) => `${rung} ${outcome}`);
    };

    beforeAll(async () => {
      daemon = await startDaemon();
      process.env['DOCKER_HOST'] = `unix://${daemon.socket}`;
      process.env['DOCKER_CONFIG'] = await dockerConfig();
      made = await emptyInstallation();
      const words = ['init', '--topology', 'compose', '--instance', 'blue', '--kind', 'lab', ...made.flags];
      const { DOCKER_HOST, DOCKER_CONFIG } = process.env;
      const answer = await made.cli(words, { DOCKER_HOST, DOCKER_CONFIG });
      expect(answer.code, `${answer.stdout}\n${answer.stderr}`).toBe(0);
      inner = await made.open();
    });
    afterAll(async () => {
      await made?.stop();
      await daemon?.stop();
    });

    test('is set up by the command line, and everything answers', async () => {
      expect(await states()).toEqual({
        openbao: 'ready',
        postgres: 'ready',
        responder: 'ready',
        'step-ca': 'ready',
      });
      const labels = (await engine().containers()).map(({ labels }) => labels['io.bootroot.installation']);
      expect(labels).toHaveLength(6);
      expect(new Set(labels).size).toBe(1);
    });

    test('a service gets a certificate and is proved with a real handshake', async () => {
      const input = await inner.call('services.defaults', { serviceName: 'edge-proxy' });
      const done = await inner.operate('service.add', input);
      expect(done.error).toBeUndefined();
      expect(await prove()).toEqual(expect.arrayContaining(['trusted proved']));
    });

    test.each([
      ['rotate.db', {}],
      ['rotate.stepca-password', {}],
      ['rotate.responder-hmac', {}],
      ['rotate.approle-secret-id', { ids: 'all', infra: ['stepca', 'responder'] }],
      ['rotate.trust-sync', {}],
      ['rotate.force-reissue', { ids: 'all' }],
    ])('%s', async (kind, input) => {
      const done = await inner.operate(kind, input);
      expect(done.error).toBeUndefined();
      expect(done.state).toBe('done');
      expect(await prove()).toEqual(expect.arrayContaining(['trusted proved']));
    });
  },
);
