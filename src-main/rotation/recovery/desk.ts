import {
  recoveryAccess,
  type RecoveryAccess,
  type RecoveryWorld,
} from '../../setup/ceremony/recovery-access.ts';
import { RootHolder } from './root-holder.ts';
import { ShareDesk } from './share-desk.ts';

/** What a recovery keeps in memory, and nowhere else, of one workspace. */
export class RecoveryDesk {
  readonly access: RecoveryAccess;
  readonly shares: ShareDesk;
  readonly root: RootHolder;

  constructor(world: RecoveryWorld, now: () => number) {
    this.access = recoveryAccess(world);
    this.shares = new ShareDesk({ access: this.access, count: () => world.openbao().sealStatus(), now });
    this.root = new RootHolder(now);
  }

  async close(): Promise<void> {
    this.shares.reset();
    await this.root.close();
  }
}
