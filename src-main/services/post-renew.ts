import * as z from 'zod';
import {
  announceLeaf,
  announceReturn,
  announceTrust,
  type Announced,
  type AnnounceDeps,
} from '../agent/announce.ts';
import { hookSchema } from '../agent/config-schema.ts';
import type { LogMore } from '../agent/log.ts';
import { sleep } from '../acme/retry.ts';
import { message, type Message } from '../../shared/message.ts';
import type { Run } from '../operations/types.ts';
import { parseLeaf, readServiceFiles } from '../issuance/set-files.ts';
import { servedAtSchema } from '../tls/host-port.ts';
import { parseToml } from '../workspace/toml.ts';
import { readAgentText } from './agent-profile.ts';
import type { ServicesContext } from './context.ts';
import type { Service } from './entry.ts';

const profileSchema = z.object({
  registration_id: z.string().optional(),
  service_name: z.string(),
  instance_id: z.string().optional(),
  served_at: servedAtSchema.optional(),
  hooks: z
    .object({ post_renew: z.object({ success: z.array(hookSchema).default([]) }).prefault({}) })
    .prefault({}),
});

/**
 * What runs after a new certificate of a service, and where it must then be served: as its profile in agent.toml says, so that agent
 * and console do the same; as its entry in state.json says where there is no profile. An agent.toml may lack what an agent is told on
 * its command line, so no more of it is read than that.
 * @throws `toml_malformed`
 */
export async function announcedOf(service: Service): Promise<Announced> {
  const { id, entry, identity, cert, key, bundle, agentConfig } = service;
  const paths = { identity, cert, key, bundle };
  const { profiles } = z
    .object({ profiles: z.array(z.unknown()).default([]) })
    .parse(parseToml(await readAgentText(agentConfig), agentConfig));
  for (const one of profiles) {
    const parsed = profileSchema.safeParse(one);
    if (!parsed.success) continue;
    const { registration_id: registration, service_name: name, instance_id: instance } = parsed.data;
    if ((registration ?? name) !== id || (instance ?? entry.instance_id) !== entry.instance_id) continue;
    const { served_at: servedAt, hooks } = parsed.data;
    return { ...paths, onSuccess: hooks.post_renew.success, ...(servedAt === undefined ? {} : { servedAt }) };
  }
  return { ...paths, onSuccess: z.array(hookSchema).parse(entry.post_renew_hooks ?? []) };
}

async function depsOf(context: ServicesContext, run: Run): Promise<AnnounceDeps> {
  return {
    environment: process.env,
    now: context.now,
    sleep,
    serverUrl: (await context.endpoints()).directoryUrl,
    log(text: Message, level, { output }: LogMore = {}) {
      run.log(text, level);
      if (output !== undefined) run.log(message('service.log.hook_output', { output: output.trim() }), level);
    },
  };
}

const nothingToTell = ({ onSuccess, servedAt }: Announced): boolean =>
  onSuccess.length === 0 && servedAt === undefined;

/**
 * Makes a service read its new leaf, as its agent would, and looks whether it is served. What fails puts the set of before back on disk
 * and into the service.
 * @returns false: there is nothing to run and nowhere to look
 * @throws `agent_hook_failed`, `agent_not_served`, `toml_malformed`
 */
export async function tellOfLeaf(context: ServicesContext, service: Service, run: Run): Promise<boolean> {
  const announced = await announcedOf(service);
  if (nothingToTell(announced)) return false;
  const { certPem } = readServiceFiles(service);
  const leaf = certPem === undefined ? undefined : parseLeaf(certPem);
  if (leaf !== undefined) await announceLeaf(await depsOf(context, run), announced, leaf);
  return true;
}

/** The same after the set of before was put back by hand. Never fails: what is on disk is right. */
export async function tellOfReturn(context: ServicesContext, service: Service, run: Run): Promise<void> {
  const announced = await announcedOf(service).catch(() => undefined);
  if (announced !== undefined && !nothingToTell(announced))
    await announceReturn(await depsOf(context, run), announced, 'cancelled');
}

/** The same where only the trust bundle changed. @throws `agent_trust_untold`, `toml_malformed` */
export async function tellOfTrust(context: ServicesContext, service: Service, run: Run): Promise<boolean> {
  const announced = await announcedOf(service);
  if (nothingToTell(announced)) return false;
  await announceTrust(await depsOf(context, run), announced);
  return true;
}
