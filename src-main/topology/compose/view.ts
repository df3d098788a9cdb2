import { join, relative } from 'node:path';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import type { InsideView } from '../topology.ts';

/** Containers call each other by service name on ports that never change; only the host's side is chosen. */
export const containerView = ({ secrets }: WorkspacePaths): InsideView => ({
  stepCaPath: (path) => join('/home/step', relative(secrets, path)),
  agentPath: (path) => join('/openbao/secrets', relative(secrets, path)),
  openbaoUrl: (_ports, secure) => `${secure ? 'https' : 'http'}://openbao:8200`,
  database: () => ({ host: 'postgres', port: 5432 }),
  names: { openbao: ['openbao', 'localhost'], postgres: ['postgres', 'localhost'] },
  stepCa: () => ({ address: ':9000', names: ['localhost', '127.0.0.1', 'step-ca', 'bootroot-ca'] }),
  responder: () => ({ challenge: '0.0.0.0:80', admin: '0.0.0.0:8080' }),
});
