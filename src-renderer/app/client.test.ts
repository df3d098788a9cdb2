import { describe, expect, it } from 'vitest';
import type { ClientFrame } from '../../shared/frames.ts';
import { createClient } from './client.ts';
import type { LinkEvents } from './link.ts';
import { createShown } from './shown.ts';

/** A client on a link that the test answers. */
function open(stored?: string) {
  const kept = new Map(stored === undefined ? [] : [['shown-installation', stored]]);
  const shown = createShown({
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
  });
  const sent: Extract<ClientFrame, { t: 'req' }>[] = [];
  let events: LinkEvents | undefined;
  const client = createClient((given) => {
    events = given;
    return { send: (frame) => (frame.t === 'req' ? sent.push(frame) : undefined), close: () => undefined };
  }, shown);
  events?.onOpen();
  const answer = (at: number, frame: object): void => events?.onFrame({ id: sent[at]?.id, ...frame });
  const comeBack = (): void => {
    events?.onEnd('lost');
    client.reconnect();
    events?.onOpen();
  };
  return { client, shown, sent, answer, kept, comeBack };
}
const session = { host: 'web', version: '1', actor: 'kim', idleLockMinutes: 0 };
const refused = { code: 'workspace_switched', params: {}, changed: { key: 'error.changed.nothing' } };

describe('the installation that a page shows', () => {
  it('is what the core says first, is named from then on, and is kept with the tab', async () => {
    const { client, sent, answer, kept } = open();
    const first = client.call('session.show', {});
    expect(sent[0]).not.toHaveProperty('w');
    answer(0, { t: 'ok', o: session, w: 'a' });
    await first;
    void client.call('openbao.status', {});
    expect(sent[1]?.w).toBe('a');
    expect([...kept.values()]).toEqual(['a']);
    const again = open('a');
    void again.client.call('session.show', {}).catch(() => undefined);
    expect(again.sent[0]?.w).toBe('a');
  });

  it('changes with a mutation that opened another, never with the answer of a question', async () => {
    const { client, shown, answer } = open('a');
    void client.call('notifications.settings', {}).catch(() => undefined);
    answer(0, { t: 'ok', o: {}, w: 'b' });
    expect(shown.get().id).toBe('a');
    const closing = client.call('workspaces.close', {});
    answer(1, { t: 'ok', o: {}, w: '' });
    await closing;
    expect(shown.get()).toEqual({ id: '', left: false });
  });

  it('does not change for what was begun for one installation, also after the connection was lost', async () => {
    const { client, shown, sent, comeBack } = open('a');
    const ofA = client.of('a');
    void ofA.call('openbao.status', {}).catch(() => undefined);
    ofA.subscribe('operations.watch', {}, { onItem: () => undefined, onError: () => undefined });
    shown.set({ id: 'b', left: false });
    void ofA.call('openbao.unsealReset', {}).catch(() => undefined);
    expect(sent.map(({ w }) => w)).toEqual(['a', 'a', 'a']);
    // The two questions are asked anew, the mutation is not.
    comeBack();
    expect(sent.map(({ w }) => w)).toEqual(['a', 'a', 'a', 'a', 'a']);
    void client.call('openbao.status', {}).catch(() => undefined);
    expect(sent.at(-1)?.w).toBe('b');
  });

  it('is left when the core refuses it; a refusal of the former one does not touch the next', async () => {
    const { client, shown, answer } = open('a');
    const late = client.call('openbao.unsealReset', {}).catch((error: unknown) => String(error));
    shown.set({ id: 'b', left: false });
    answer(0, { t: 'err', e: refused });
    expect(await late).toContain('workspace_switched');
    expect(shown.get()).toEqual({ id: 'b', left: false });
    const call = client.call('openbao.unsealReset', {}).catch((error: unknown) => String(error));
    answer(1, { t: 'err', e: refused });
    expect(await call).toContain('workspace_switched');
    expect(shown.get()).toEqual({ id: 'b', left: true });
  });
});
