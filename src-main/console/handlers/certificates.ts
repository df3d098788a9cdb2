import { certificatesHandlers } from '../../certificates/handlers.ts';
import { servicesOf } from '../../services/entry.ts';
import { readStateIfPresent } from '../../workspace/state.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export function certificateHandlers(console: BootrootConsole): HandlersOf<'certificates'> {
  const handlers = certificatesHandlers({
    get paths() {
      return console.workspace?.paths;
    },
    async services() {
      const open = console.workspace;
      return open === undefined ? [] : servicesOf(await readStateIfPresent(open.paths.state), open.paths);
    },
    evidence: async () => (await console.workspace?.services.evidence.read()) ?? new Map(),
    now: Date.now,
  });
  console.onShutdown(() => handlers.close());
  return {
    'certificates.list': handlers['certificates.list'],
    'certificates.inspect': handlers['certificates.inspect'],
    'certificates.asn1': handlers['certificates.asn1'],
  };
}
