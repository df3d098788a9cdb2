import type { Rung } from '../../../shared/contract/services.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { hasProfile } from '../agent-profile.ts';
import { readStateIfPresent } from '../../workspace/state.ts';
import { credentialsWork } from '../add/access-steps.ts';
import type { ServicesContext } from '../context.ts';
import type { Service } from '../entry.ts';
import { publishedTrust } from '../trust.ts';
import { readServiceFiles } from '../../issuance/set-files.ts';
import { judgeLive } from './live.ts';
import { judgeOnDisk } from './on-disk.ts';
import { RungBuilder } from './rungs.ts';

/** state.json, the profile in agent.toml, and a login with the credentials on disk. */
async function judgeConfigured(context: ServicesContext, service: Service): Promise<Rung> {
  const rung = new RungBuilder('configured', context.now());
  const state = await readStateIfPresent(context.paths.state);
  if (state?.services?.[service.id] === undefined) rung.lacks('service.rung.no_state');
  else rung.proves('service.rung.state');
  const path = service.agentConfig;
  try {
    if (await hasProfile(path, service.id)) rung.proves('service.rung.profile', { path });
    else rung.lacks('service.rung.no_profile', { path });
  } catch (error) {
    rung.contradicts('service.rung.profile_unreadable', {
      path,
      problem: isConsoleError(error) ? error.code : '',
    });
  }
  const role = service.entry.approle.role_name;
  try {
    if (await credentialsWork(context, service)) rung.proves('service.rung.role', { role });
    else rung.contradicts('service.rung.role_refused', { role });
  } catch (error) {
    rung.lacks('service.rung.role_unknown', { problem: isConsoleError(error) ? error.code : '' });
  }
  return rung.build();
}

/** Pins as OpenBao publishes them; while it cannot be asked, those of the CA certificates on this host. */
async function pinsOf(context: ServicesContext): Promise<readonly string[]> {
  try {
    return (await publishedTrust(context.client())).pins;
  } catch {
    return context.localPins();
  }
}

/** Proves every rung live, remembers the answers, and gives them back from the lowest to the highest. */
export async function prove(context: ServicesContext, service: Service): Promise<readonly Rung[]> {
  const paths = { cert: service.cert, key: service.key, bundle: service.bundle };
  const files = readServiceFiles(paths);
  const onDisk = await judgeOnDisk({
    identity: service.identity,
    paths,
    files,
    pins: await pinsOf(context),
    now: context.now(),
  });
  const ladder = [
    await judgeConfigured(context, service),
    onDisk,
    ...(await judgeLive(service.identity, files, onDisk, context.now())),
  ];
  await context.evidence.write(service.id, ladder);
  return ladder;
}
