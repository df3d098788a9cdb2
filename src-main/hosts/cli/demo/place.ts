import type { CoreContext } from '../context.ts';

/** Where a demo plays: its servers and its work directory. */
export interface DemoPlace {
  /** Makes servers and installation, and leaves the installation open. */
  begin(): Promise<void>;
  /** After the service was proved: what else there is to show, for the line of the demo. */
  show(): Promise<Readonly<Record<string, unknown>>>;
  /** Ends the servers; what would stay beside the directory goes too unless the demo is kept. */
  end(kept: boolean): Promise<void>;
}

/** Runs one operation without a question and throws what stopped it. */
export type MustRun = (context: CoreContext, kind: string, input: unknown) => Promise<void>;
