import { randomBytes } from 'node:crypto';
import { perStage } from './per-stage.ts';

/** 256 random bits as text that needs no escaping in TOML, JSON, a DSN or a file. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** The new value of this operation: made and staged by the first step that asks, the same ever after. */
export const freshSecret = perStage((run) => run.stage.once('fresh', newSecret));
