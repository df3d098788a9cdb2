import { recoveryHandlers } from '../../rotation/recovery/handlers.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export const recoveryPart = (console: BootrootConsole): HandlersOf<'recovery'> =>
  recoveryHandlers(() => {
    const { services, paths, recovery: desk, ceremony, audit } = console.required();
    return { openbao: () => services.openbao, paths, desk, ceremony, audit };
  });
