import type { Command } from 'commander';
import { reloadStyles, type ReloadStyle, type ServiceReload } from '../../../../shared/contract/services.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { Registry } from '../context.ts';

/** `--reload-style … --post-renew-*` of the newer tools, and where the new certificate must then be served. */
export interface ReloadOptions {
  readonly reloadStyle?: string;
  readonly reloadTarget?: string;
  readonly postRenewCommand?: string;
  readonly postRenewArg?: readonly string[];
  readonly postRenewTimeoutSecs?: string;
  readonly postRenewOnFailure?: string;
  readonly servedAt?: string;
}

/** The tools' words for three of the console's styles. */
const toolStyles: Readonly<Record<string, ReloadStyle>> = {
  sighup: 'process',
  systemd: 'unit',
  'docker-restart': 'container-restart',
};

export function withReload(command: Command, say: Registry['say']): Command {
  const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  return command
    .option('--reload-style <style>', say('cli.service.reload_style', { styles: reloadStyles.join(', ') }))
    .option('--reload-target <target>', say('cli.service.reload_target'))
    .option('--post-renew-command <command>', say('cli.service.post_renew_command'))
    .option('--post-renew-arg <argument>', say('cli.service.post_renew_arg'), collect)
    .option('--post-renew-timeout-secs <seconds>', say('cli.service.post_renew_timeout'))
    .option('--post-renew-on-failure <what>', say('cli.service.post_renew_on_failure'))
    .option('--served-at <host:port>', say('cli.service.served_at'));
}

const usage = (flag: string): ConsoleError => new ConsoleError('cli_usage', { problem: flag });

/** What runs after a renewal, as the flags say; undefined when none does. Throws `cli_usage`. */
export function reloadOf(options: ReloadOptions): ServiceReload | undefined {
  const { reloadStyle, postRenewCommand, reloadTarget, postRenewArg } = options;
  if (reloadStyle === undefined && postRenewCommand === undefined) {
    if (reloadTarget !== undefined) throw usage('--reload-style');
    if (postRenewArg !== undefined) throw usage('--post-renew-command');
    return undefined;
  }
  if (reloadStyle !== undefined && postRenewCommand !== undefined) throw usage('--reload-style');
  const style =
    reloadStyle === undefined
      ? 'command'
      : (toolStyles[reloadStyle] ?? reloadStyles.find((one) => one === reloadStyle));
  if (style === undefined) throw usage('--reload-style');
  const target = postRenewCommand ?? reloadTarget;
  const seconds = Number(options.postRenewTimeoutSecs ?? 30);
  if (!Number.isInteger(seconds) || seconds < 1) throw usage('--post-renew-timeout-secs');
  const onFailure = options.postRenewOnFailure;
  if (onFailure !== undefined && onFailure !== 'continue' && onFailure !== 'stop')
    throw usage('--post-renew-on-failure');
  return {
    style,
    ...(target === undefined ? {} : { target }),
    ...(postRenewArg === undefined ? {} : { args: [...postRenewArg] }),
    ...(options.postRenewTimeoutSecs === undefined ? {} : { timeoutSecs: seconds }),
    ...(onFailure === undefined ? {} : { onFailure }),
  };
}
