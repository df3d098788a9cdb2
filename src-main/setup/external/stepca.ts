import { ConsoleError } from '../../../shared/errors.ts';
import { ask, jsonOf, originOf, type AskOptions, type Trust } from './ask.ts';

/** What a step-ca says of itself. */
export interface StepCaHealth {
  readonly version?: string;
}

/** Asks `/health` and `/version`. Throws `external_stepca_unhealthy` and what {@link ask} throws. */
export async function stepcaHealth(url: string, trust: Trust, options: AskOptions): Promise<StepCaHealth> {
  const origin = originOf(url);
  const health = await ask(`${origin}/health`, trust, options);
  if (health.status !== 200 || jsonOf(health)?.['status'] !== 'ok')
    throw new ConsoleError('external_stepca_unhealthy', { url: origin, status: health.status });
  const version = jsonOf(await ask(`${origin}/version`, trust, options))?.['version'];
  return typeof version === 'string' ? { version } : {};
}

function acmeNames(answer: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const list = answer?.['provisioners'];
  if (!Array.isArray(list)) return [];
  return list.flatMap((one: unknown) => {
    const { type, name } = (one ?? {}) as Record<string, unknown>;
    return type === 'ACME' && typeof name === 'string' ? [name] : [];
  });
}

/**
 * The ACME directory behind an address: the address itself where it names one, else of the ACME provisioner (`acme`, as the tools
 * name it, before others). Throws `external_no_acme` and what {@link ask} throws.
 */
export async function acmeDirectory(url: string, trust: Trust, options: AskOptions): Promise<string> {
  const origin = originOf(url);
  const answers = async (directory: string): Promise<boolean> => {
    const answer = await ask(directory, trust, options);
    return answer.status === 200 && typeof jsonOf(answer)?.['newOrder'] === 'string';
  };
  const named = new URL(url.trim()).pathname.match(/^\/acme\/[^/]+\/directory\/?$/)?.[0];
  if (named !== undefined) {
    const directory = `${origin}${named.replace(/\/$/, '')}`;
    if (await answers(directory)) return directory;
    throw new ConsoleError('external_no_acme', { url: directory });
  }
  const listed = acmeNames(jsonOf(await ask(`${origin}/provisioners?limit=100`, trust, options)));
  for (const name of new Set(['acme', ...listed])) {
    const directory = `${origin}/acme/${encodeURIComponent(name)}/directory`;
    if (await answers(directory)) return directory;
  }
  throw new ConsoleError('external_no_acme', { url: origin });
}
