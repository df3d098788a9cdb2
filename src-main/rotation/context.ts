import type { ServicesContext } from '../services/context.ts';
import type { SecretIdSession } from './secret-ids.ts';

/** What a rotation asks of the servers of this installation. */
export interface RotationTopology {
  /** Whether this console starts and stops them; if not, nobody can restart or reload for a rotation. */
  managed(): Promise<boolean>;
  /** Ends step-ca, starts it again, and waits until it answers: only so does it forget a key password or a DSN. */
  restartStepCa(signal: AbortSignal): Promise<void>;
  /** Makes the responder read its configuration again without dropping tokens. False: it does not run. */
  reloadResponder(): Promise<boolean>;
  /** PostgreSQL as this host calls it, where step-ca calls it by another address; absent: there is none such. */
  ownDatabase?(): Promise<{ readonly host: string; readonly port: number } | undefined>;
}

/** What every rotation works on. */
export interface RotationContext {
  readonly services: ServicesContext;
  readonly topology: RotationTopology;
  /** AppRole calls as the console's own role. Throws `rotation_no_console_role`, `openbao_credentials_refused`. */
  readonly secretIds: () => Promise<SecretIdSession>;
  /** Lets the console's live session go on with these credentials. */
  readonly adopt: (roleId: string, secretId: string) => Promise<void>;
}
