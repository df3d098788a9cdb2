import type { ReloadStyle, ServiceReload } from '../../shared/contract/services.ts';
import type { AgentHook } from '../workspace/agent-config.ts';
import type { ServiceEntry } from '../workspace/state-schema.ts';

/** What follows `$0` in a script: a value that never becomes a part of the script itself. */
const script = (text: string, target: string): AgentHook => stop('sh', ['-c', text, target]);
const stop = (command: string, args: readonly string[]): AgentHook => ({
  command,
  args,
  timeout_secs: 30,
  on_failure: 'stop',
});

/** What the preset wants to be told beside its name. */
export type TargetKind = 'none' | 'optional_path' | 'path' | 'name' | 'process' | 'command';

/** Each way to make a service read its new certificate: what it needs to know, and the hooks that do it. */
interface Preset {
  readonly target: TargetKind;
  readonly hooks: (target: string) => readonly AgentHook[];
}

const nginx = (target: string): readonly AgentHook[] => {
  const config = target === '' ? [] : ['-c', target];
  // A configuration that does not load is found before the running one is told to go.
  return [stop('nginx', ['-t', '-q', ...config]), stop('nginx', ['-s', 'reload', ...config])];
};

/** HAProxy reads key and certificate from one file: written beside it and renamed, never readable by others. */
const combine = `umask 077 && cat "$CERT_PATH" "$KEY_PATH" > "$0.new" && mv "$0.new" "$0"`;

const presets: Readonly<Record<ReloadStyle, Preset>> = {
  none: { target: 'none', hooks: () => [] },
  nginx: { target: 'optional_path', hooks: nginx },
  apache: {
    target: 'none',
    hooks: () => [stop('apachectl', ['configtest']), stop('apachectl', ['graceful'])],
  },
  haproxy: {
    target: 'path',
    hooks: (target) => [script(combine, target), stop('systemctl', ['reload', 'haproxy'])],
  },
  // The server's own reload: no password, no role, and it works as root, which pg_ctl refuses.
  postgresql: {
    target: 'path',
    hooks: (target) => [script('kill -HUP "$(head -n 1 "$0/postmaster.pid")"', target)],
  },
  'container-signal': {
    target: 'name',
    hooks: (target) => [stop('docker', ['kill', '--signal', 'HUP', target])],
  },
  'container-restart': { target: 'name', hooks: (target) => [stop('docker', ['restart', target])] },
  unit: { target: 'name', hooks: (target) => [stop('systemctl', ['reload', target])] },
  process: {
    target: 'process',
    hooks: (target) =>
      target.startsWith('/')
        ? [script('kill -HUP "$(cat "$0")"', target)]
        : [stop('pkill', ['-HUP', '-x', '--', target])],
  },
  command: { target: 'command', hooks: (target) => [stop(target, [])] },
};

export const targetKindOf = (style: ReloadStyle): TargetKind => presets[style].target;

/** The hooks of a choice, as they stand in the profile of agent.toml and in state.json. */
export function reloadHooks(reload: ServiceReload | undefined): readonly AgentHook[] {
  if (reload === undefined) return [];
  const { style, target = '', args, timeoutSecs, onFailure } = reload;
  return presets[style].hooks(target).map((hook) => ({
    ...hook,
    ...(style === 'command' && args !== undefined ? { args } : {}),
    ...(timeoutSecs === undefined ? {} : { timeout_secs: timeoutSecs }),
    ...(onFailure === undefined ? {} : { on_failure: onFailure }),
  }));
}

/** The same as state.json has them (formats-newer.md, "hook"). */
export const entryHooks = (
  reload: ServiceReload | undefined,
): NonNullable<ServiceEntry['post_renew_hooks']> =>
  reloadHooks(reload).map(({ command, args = [], timeout_secs = 30, on_failure = 'continue' }) => ({
    command,
    args: [...args],
    timeout_secs,
    on_failure,
  }));

/** Names of units, containers and processes as their own tools take them; nothing that could be an option. */
const named = /^[A-Za-z0-9][A-Za-z0-9_.@:-]{0,200}$/;

/** Whether the target is one that the style can work with. */
export function isTarget(style: ReloadStyle, target: string): boolean {
  switch (presets[style].target) {
    case 'none':
      return target === '';
    case 'optional_path':
      return target === '' || target.startsWith('/');
    case 'path':
      return target.startsWith('/');
    case 'name':
      return named.test(target);
    case 'process':
      return target.startsWith('/') || (named.test(target) && target.length <= 15);
    case 'command':
      return target !== '' && !target.startsWith('-');
  }
}
