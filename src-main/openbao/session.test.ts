import { expect, test, vi } from 'vitest';
import { ConsoleError } from '../../shared/errors.ts';
import type { OpenBao } from './openbao.ts';
import { OpenBaoSession } from './session.ts';

/** The narrow part of a server that a session talks to, with answers that a test holds back. */
function scripted(token: { ttl: number; renewable: boolean }) {
  const renewSelf = vi.fn(async () => token);
  const lookupSelf = vi.fn(async () => ({ ...token, policies: ['p'], path: '', accessor: '' }));
  const client = { token: { renewSelf, lookupSelf, revokeSelf: vi.fn(async () => undefined) } };
  return { openbao: { withToken: () => client } as unknown as OpenBao, renewSelf, lookupSelf };
}

test('it looks every ten seconds, one look at a time, and not after it was closed', async () => {
  vi.useFakeTimers();
  try {
    const { openbao, renewSelf } = scripted({ ttl: 100, renewable: true });
    const session = new OpenBaoSession(openbao, { mount: 'secret' });
    await session.useToken('t');
    let answer: (token: { ttl: number; renewable: boolean }) => void = () => undefined;
    renewSelf.mockImplementation(() => new Promise((resolve) => (answer = resolve)));
    await vi.advanceTimersByTimeAsync(79_000);
    expect(renewSelf).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(renewSelf).toHaveBeenCalledTimes(1);
    answer({ ttl: 100, renewable: true });
    await vi.advanceTimersByTimeAsync(0);
    expect(session.status().expiresAt).toBe(Date.now() + 100_000);
    session.close();
    await vi.advanceTimersByTimeAsync(200_000);
    expect(renewSelf).toHaveBeenCalledTimes(1);
  } finally {
    vi.useRealTimers();
  }
});

test('a token that cannot be renewed lives to its end, and then the session is lost', async () => {
  let now = 0;
  const { openbao, renewSelf } = scripted({ ttl: 100, renewable: false });
  const session = new OpenBaoSession(openbao, { mount: 'secret', now: () => now });
  await session.useToken('t');
  now = 99_000;
  await session.tick();
  expect(session.status()).toMatchObject({ state: 'live', renewable: false, expiresAt: 100_000 });
  now = 100_000;
  await session.tick();
  expect(session.status()).toMatchObject({ state: 'lost', problem: { key: 'openbao.session.expired' } });
  expect(renewSelf).not.toHaveBeenCalled();
  session.close();
});

test('a session that was replaced while its renewal was under way is not revived', async () => {
  let now = 0;
  const { openbao, renewSelf } = scripted({ ttl: 100, renewable: true });
  const session = new OpenBaoSession(openbao, { mount: 'secret', now: () => now });
  await session.useToken('t');
  let refuse: (error: Error) => void = () => undefined;
  renewSelf.mockImplementation(() => new Promise((_, reject) => (refuse = reject)));
  now = 80_000;
  const look = session.tick();
  await session.end();
  refuse(new ConsoleError('openbao_forbidden', { path: 'auth/token/renew-self' }));
  await look;
  expect(session.status().state).toBe('none');
  session.close();
});
