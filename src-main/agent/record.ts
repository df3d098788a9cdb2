import { readAgentConfig } from './config.ts';
import { readAgentState } from './state-file.ts';

export interface AgentError {
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
}

/** What an agent wrote of one certificate the last time it looked at it. Unix milliseconds. */
export interface RenewalRecord {
  readonly checkedAt: number;
  readonly outcome: 'current' | 'renewed' | 'failed';
  readonly renewedAt?: number;
  /** When it will be renewed unless something else asks for it earlier; absent while none is known. */
  readonly nextAt?: number;
  /** Only while the last try failed. */
  readonly error?: AgentError;
  /** Failures since the last success. */
  readonly failures: number;
}

/**
 * The record of the certificate of this name that the agent of this agent.toml keeps in its state file. Undefined while no agent has
 * looked at it, and when a file cannot be read: what the operator asked for is the service, not the record.
 * @param notAfter of the leaf on disk, unix milliseconds
 */
export async function readRenewalRecord(
  path: string,
  identity: string,
  notAfter?: number,
): Promise<RenewalRecord | undefined> {
  try {
    const config = await readAgentConfig({ path, flags: {}, environment: {} });
    const profile = config.profiles.find((one) => one.identity === identity);
    if (profile === undefined) return undefined;
    const record = (await readAgentState(profile.statePath)).console_record?.profiles[identity];
    if (record === undefined) return undefined;
    const { checked_at: checked, renewed_at: renewed, outcome, failures, error, error_params } = record;
    return {
      checkedAt: Date.parse(checked),
      outcome,
      failures,
      ...(renewed === undefined ? {} : { renewedAt: Date.parse(renewed) }),
      ...(notAfter === undefined ? {} : { nextAt: notAfter - profile.renewBeforeMs }),
      ...(error === undefined ? {} : { error: { code: error, params: error_params ?? {} } }),
    };
  } catch {
    return undefined;
  }
}
