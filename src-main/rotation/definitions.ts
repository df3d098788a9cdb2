import type { OperationDefinition } from '../operations/types.ts';
import type { RotationContext } from './context.ts';
import { accountKeysDefinition } from './account-keys/definition.ts';
import { approleSecretIdDefinition, consoleCredentialsDefinition } from './credential-definitions.ts';
import { caKeyDefinition } from './ca-key/definition.ts';
import { dbDefinition } from './db.ts';
import { eabDefinition } from './eab/definition.ts';
import { forceReissueDefinition } from './force-reissue.ts';
import { responderHmacDefinition } from './responder-hmac.ts';
import { withRoom } from './room.ts';
import { stepcaPasswordDefinition } from './stepca-password.ts';
import { trustSyncDefinition } from './trust-sync.ts';

const definitionsOf = (context: RotationContext): readonly OperationDefinition[] => [
  approleSecretIdDefinition(context),
  trustSyncDefinition(context),
  responderHmacDefinition(context),
  forceReissueDefinition(context),
  stepcaPasswordDefinition(context),
  dbDefinition(context),
  eabDefinition(context),
  accountKeysDefinition(context),
  consoleCredentialsDefinition(context),
  caKeyDefinition(context),
];

/** `rotate.<target>` for every target that this console rotates. None begins on a disk that is about to be full. */
export const rotationDefinitions = (context: RotationContext): readonly OperationDefinition[] =>
  definitionsOf(context).map((one) => withRoom(one, context.services.paths.root));
