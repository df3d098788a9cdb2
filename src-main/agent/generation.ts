import { digestOf } from '../operations/canonical.ts';
import type { AgentConfig, Profile } from './config.ts';
import { Issuer } from './issuer.ts';
import type { AgentLog } from './log.ts';

/** What the orders of one configuration share. A reload that changes only profiles keeps it, and the orders that are under way with it. */
export interface Generation {
  config: AgentConfig;
  /** Replaced when hardening changes nothing but how step-ca is trusted. */
  issuer: Issuer;
  readonly retired: Issuer[];
}

export const newGeneration = (config: AgentConfig, log: AgentLog): Generation => ({
  config,
  issuer: new Issuer(config, log),
  retired: [],
});

export function closeGeneration({ issuer, retired }: Generation): void {
  for (const one of [issuer, ...retired]) one.close();
}

/** Whether orders under the one are orders under the other: everything but the profiles, and what is not asked of a CA or responder. */
export function sharesOrders(one: AgentConfig, other: AgentConfig): boolean {
  const shared = ({ generation, email, server, acme, trust, insecure, maxConcurrent }: AgentConfig): string =>
    digestOf({ generation, email, server, acme, trust, insecure, maxConcurrent });
  return shared(one) === shared(other);
}

/** The same configuration once step-ca is always verified. */
export const hardened = (config: AgentConfig): AgentConfig => ({
  ...config,
  trust: { ...config.trust, verify: true },
});

/** What tells a profile from every other state of it. */
export const profileKey = (profile: Profile): string => digestOf(profile);
