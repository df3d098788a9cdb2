import { fleetHandlers } from '../../fleet/handlers.ts';
import { HostRecords } from '../../fleet/records.ts';
import { rotationContext } from '../../rotation/bind.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export const hostHandlers = (console: BootrootConsole): HandlersOf<'hosts'> =>
  fleetHandlers(() => {
    const { services, topology, settings, audit } = console.required();
    // Looking at hosts changes no credential, so none is adopted.
    const rotation = rotationContext(services, topology, async () => undefined);
    return { rotation, records: new HostRecords(settings), audit };
  });
