import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

type Listener = (...values: unknown[]) => unknown;

const listeners = new Map<string, Listener>();
const electron = {
  app: { enableSandbox: vi.fn(), on: (name: string, listener: Listener) => listeners.set(name, listener) },
  protocol: { registerSchemesAsPrivileged: vi.fn() },
};
vi.mock('electron', () => electron);

/** A stand-in for contents or a session that keeps its listeners and handlers. */
function createTarget() {
  const events = new Map<string, Listener>();
  const handlers = new Map<string, Listener>();
  const setter = (name: string) => (handler: Listener) => handlers.set(name, handler);
  return {
    events,
    handlers,
    on: (name: string, listener: Listener) => events.set(name, listener),
    setWindowOpenHandler: setter('open'),
    setPermissionRequestHandler: setter('request'),
    setPermissionCheckHandler: setter('check'),
    setDevicePermissionHandler: setter('device'),
    webRequest: { onBeforeRequest: setter('before') },
  };
}

describe('security', () => {
  let isOwnPage: (url: string) => boolean;
  let contents: ReturnType<typeof createTarget>;
  let session: ReturnType<typeof createTarget>;

  beforeAll(async () => {
    ({ isOwnPage } = await import('./security.ts'));
  });
  beforeEach(() => {
    contents = createTarget();
    session = createTarget();
    listeners.get('web-contents-created')?.({}, contents);
    listeners.get('session-created')?.(session);
  });

  it('is in force as soon as it is imported', () => {
    expect(electron.app.enableSandbox).toHaveBeenCalledOnce();
    expect(electron.protocol.registerSchemesAsPrivileged).toHaveBeenCalledWith([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ]);
  });

  it.each([
    ['app://console/', true],
    ['app://console/index.html#/services', true],
    ['app://console.evil.example/', false],
    ['app://evil/console', false],
    ['app://user@console/', false],
    ['https://console/', false],
    ['file:///etc/passwd', false],
    ['javascript:alert(1)', false],
    ['', false],
  ])('%s is an own page: %s', (url, own) => {
    expect(isOwnPage(url)).toBe(own);
  });

  it.each(['will-navigate', 'will-redirect'])('%s to anything else is refused', (name) => {
    const event = { preventDefault: vi.fn() };
    contents.events.get(name)?.(event, 'app://console/');
    expect(event.preventDefault).not.toHaveBeenCalled();
    contents.events.get(name)?.(event, 'https://evil.example/');
    expect(event.preventDefault).toHaveBeenCalledOnce();
  });

  it('refuses web views, new windows and downloads', () => {
    const event = { preventDefault: vi.fn() };
    contents.events.get('will-attach-webview')?.(event);
    session.events.get('will-download')?.(event);
    expect(event.preventDefault).toHaveBeenCalledTimes(2);
    expect(contents.handlers.get('open')?.({ url: 'app://console/' })).toEqual({ action: 'deny' });
  });

  it('refuses every permission but writing text to the clipboard from its own page', () => {
    const ask = (permission: string, url: string): unknown => {
      let answer: unknown;
      session.handlers.get('request')?.(
        { getURL: () => url },
        permission,
        (value: unknown) => (answer = value),
      );
      expect(session.handlers.get('check')?.({ getURL: () => url }, permission)).toBe(answer);
      return answer;
    };
    for (const permission of [
      'media',
      'geolocation',
      'notifications',
      'clipboard-read',
      'openExternal',
      'fullscreen',
    ]) {
      expect(ask(permission, 'app://console/')).toBe(false);
    }
    expect(ask('clipboard-sanitized-write', 'app://console/')).toBe(true);
    expect(ask('clipboard-sanitized-write', 'https://evil.example/')).toBe(false);
    expect(session.handlers.get('device')?.({})).toBe(false);
  });

  it('lets no request out of the window', () => {
    const ask = (url: string): unknown => {
      let answer: unknown;
      session.handlers.get('before')?.({ url }, (value: unknown) => (answer = value));
      return answer;
    };
    expect(ask('app://console/assets/main.js')).toEqual({ cancel: false });
    expect(ask('https://evil.example/')).toEqual({ cancel: true });
    expect(ask('file:///etc/passwd')).toEqual({ cancel: true });
  });
});
