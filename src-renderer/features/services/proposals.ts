import type { ServiceAdd } from '../../../shared/contract/services.ts';

const paths = ['certPath', 'keyPath', 'agentConfigPath'] as const;

/** The input with the paths proposed for its name, where they still are what was proposed before; what the operator chose stays. */
export function takeProposals(input: ServiceAdd, before: ServiceAdd, now: ServiceAdd): ServiceAdd {
  const changed = paths.filter((key) => input[key] === before[key]).map((key) => [key, now[key]] as const);
  return { ...input, ...Object.fromEntries(changed) };
}
