import { createContext, use, useSyncExternalStore } from 'react';
import type { Client, Connection } from './client.ts';
import type { Shown } from './shown.ts';

export const ClientContext = createContext<Client | undefined>(undefined);

export function useClient(): Client {
  const client = use(ClientContext);
  if (client === undefined) throw new Error('no client above this component');
  return client;
}

export function useConnection(): Connection {
  const { connection } = useClient();
  return useSyncExternalStore(connection.subscribe, connection.get);
}

export function useShown(): Shown {
  const { shown } = useClient();
  return useSyncExternalStore(shown.subscribe, shown.get);
}
