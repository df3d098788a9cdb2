import { parentPort, workerData } from 'node:worker_threads';
import { Database } from './database.ts';
import type { Row, StoreAnswer, StoreRequest, StoreStart } from './protocol.ts';

/** The thread that owns the database, so that a long query never stalls a window. */
function serve(port: NonNullable<typeof parentPort>, { path }: StoreStart): void {
  let database: Database | undefined;
  const answer = (request: StoreRequest): readonly Row[] => {
    database ??= new Database(path);
    switch (request.do) {
      case 'all':
        return database.all(request.statement);
      case 'transaction':
        database.transaction(request.statements);
        return [];
      case 'chain':
        return [database.chain(request.body)];
      case 'close':
        database.close();
        return [];
    }
  };
  port.on('message', (request: StoreRequest) => {
    let reply: StoreAnswer;
    try {
      reply = { id: request.id, rows: answer(request) };
    } catch (error) {
      reply = { id: request.id, error: error instanceof Error ? error.message : String(error) };
    }
    port.postMessage(reply);
    if (request.do === 'close') port.close();
  });
}

if (parentPort !== null) serve(parentPort, workerData as StoreStart);
