import type { OperationDefinition } from '../operations/types.ts';
import type { RotationContext } from './context.ts';
import { approleSecretIdDefinition, consoleCredentialsDefinition } from './credential-definitions.ts';
import { dbDefinition } from './db.ts';
import { forceReissueDefinition } from './force-reissue.ts';
import { responderHmacDefinition } from './responder-hmac.ts';
import { stepcaPasswordDefinition } from './stepca-password.ts';
import { trustSyncDefinition } from './trust-sync.ts';

/** `rotate.<target>` for every target that this console rotates. */
export const rotationDefinitions = (context: RotationContext): readonly OperationDefinition[] => [
  approleSecretIdDefinition(context),
  trustSyncDefinition(context),
  responderHmacDefinition(context),
  forceReissueDefinition(context),
  stepcaPasswordDefinition(context),
  dbDefinition(context),
  consoleCredentialsDefinition(context),
];
