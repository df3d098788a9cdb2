import type { InsideView } from './topology.ts';

const host = '127.0.0.1';

/** Processes of this machine see what the console sees. */
export const localView: InsideView = {
  stepCaPath: (path) => path,
  agentPath: (path) => path,
  openbaoUrl: ({ openbao }, secure) => `${secure ? 'https' : 'http'}://${host}:${openbao}`,
  database: ({ postgres }) => ({ host, port: postgres }),
  names: { openbao: ['localhost'], postgres: ['localhost'] },
  stepCa: ({ stepCa }) => ({ address: `${host}:${stepCa}`, names: ['localhost', host] }),
  responder: ({ acmeHttp, responderAdmin }) => ({
    challenge: `${host}:${acmeHttp}`,
    admin: `${host}:${responderAdmin}`,
  }),
};
