import { describe, expect, it } from 'vitest';
import { reloadOf } from './service-reload.ts';

describe('--reload-style and --post-renew-*', () => {
  it('takes the words of the newer tools', () => {
    expect(reloadOf({})).toBeUndefined();
    expect(reloadOf({ reloadStyle: 'none' })).toEqual({ style: 'none' });
    expect(reloadOf({ reloadStyle: 'sighup', reloadTarget: 'nginx' })).toEqual({
      style: 'process',
      target: 'nginx',
    });
    expect(reloadOf({ reloadStyle: 'systemd', reloadTarget: 'nginx' })).toEqual({
      style: 'unit',
      target: 'nginx',
    });
    expect(reloadOf({ reloadStyle: 'docker-restart', reloadTarget: 'web' })).toEqual({
      style: 'container-restart',
      target: 'web',
    });
    expect(
      reloadOf({
        postRenewCommand: '/bin/x',
        postRenewArg: ['-a', 'b'],
        postRenewTimeoutSecs: '7',
        postRenewOnFailure: 'continue',
      }),
    ).toEqual({
      style: 'command',
      target: '/bin/x',
      args: ['-a', 'b'],
      timeoutSecs: 7,
      onFailure: 'continue',
    });
  });

  it.each([
    [{ reloadStyle: 'reboot' }, '--reload-style'],
    [{ reloadTarget: 'nginx' }, '--reload-style'],
    [{ reloadStyle: 'systemd', postRenewCommand: '/bin/x' }, '--reload-style'],
    [{ postRenewArg: ['x'] }, '--post-renew-command'],
    [{ postRenewCommand: '/bin/x', postRenewTimeoutSecs: '0' }, '--post-renew-timeout-secs'],
    [{ postRenewCommand: '/bin/x', postRenewOnFailure: 'retry' }, '--post-renew-on-failure'],
  ])('names the flag that is wrong: %j', (options, problem) => {
    expect(() => reloadOf(options)).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ params: { problem } }) as object }) as Error,
    );
  });
});
