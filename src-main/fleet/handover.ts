import { posix } from 'node:path';
import type { HostDetail } from '../../shared/contract/hosts.ts';
import { message } from '../../shared/message.ts';
import type { ServicesContext } from '../services/context.ts';
import type { Service } from '../services/entry.ts';
import { shellWord } from '../ssh/shell-word.ts';
import { readArtifactOf } from './artifact.ts';
import { jobTemplates } from './templates.ts';

type Handover = Pick<
  HostDetail,
  'artifactPath' | 'artifactTarget' | 'command' | 'copyCommand' | 'effects' | 'templates'
>;

/** Where the hand-over and what comes of it lie on that host. */
export function placesOf(service: Service, artifact: { readonly secret_id_path: string } | undefined) {
  const secrets = posix.dirname(
    artifact?.secret_id_path ?? posix.join(posix.dirname(service.agentConfig), 'secrets/secret_id'),
  );
  const directory = posix.dirname(secrets);
  return {
    secrets,
    directory,
    target: posix.join(directory, 'bootstrap.json'),
    summary: posix.join(directory, `${service.id}-remote-summary.json`),
  };
}

/** What the administrator of the other host is given: one file, one command, what it will do. */
export async function handoverOf(context: ServicesContext, service: Service): Promise<Handover> {
  const { id, entry } = service;
  const artifactPath = context.paths.bootstrapArtifact(id);
  const artifact = (await readArtifactOf(context, id).catch(() => undefined))?.artifact;
  const { secrets, directory, target, summary } = placesOf(service, artifact);
  const host = `${entry.hostname}.${entry.domain}`;
  return {
    artifactPath,
    artifactTarget: target,
    command: `sudo bootroot-console remote bootstrap --artifact ${shellWord(target)} --summary-json ${shellWord(summary)}`,
    copyCommand: `ssh ${shellWord(host)} ${shellWord(`sudo install -D -m 0600 /dev/stdin ${shellWord(target)}`)} < ${shellWord(artifactPath)}`,
    effects: [
      message('hosts.effect.trust', { path: artifact?.ca_bundle_path ?? '' }),
      message('hosts.effect.secret', { url: artifact?.openbao_url ?? context.openbao.url, path: secrets }),
      message('hosts.effect.agent', { path: service.agentConfig }),
      message('hosts.effect.report'),
      message('hosts.effect.nothing_else'),
    ],
    templates: [...jobTemplates({ id, directory, artifact: target })],
  };
}
