import { app, protocol, type Session, type WebContents } from 'electron';

/** The only address that the window ever shows. */
export const appScheme = 'app';
export const appHost = 'console';
export const appOrigin = `${appScheme}://${appHost}`;

/** Whether `url` is a page of the console itself; compared by parts, never by prefix. */
export function isOwnPage(url: string): boolean {
  try {
    const { protocol: scheme, host, username, password, port } = new URL(url);
    return (
      scheme === `${appScheme}:` && host === appHost && port === '' && username === '' && password === ''
    );
  } catch {
    return false;
  }
}

/** Refuses what a page could use to leave its place: other addresses, new windows, web views. */
export function restrictContents(contents: WebContents): void {
  const refuse = (event: { preventDefault: () => void }, url: string): void => {
    if (!isOwnPage(url)) event.preventDefault();
  };
  contents.on('will-navigate', (event, url) => refuse(event, url));
  contents.on('will-redirect', (event, url) => refuse(event, url));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** Clipboard writing is for the copy buttons; every other permission is refused, and so is every device. */
export function restrictSession(session: Session): void {
  const allowed = (permission: string, url: string | undefined): boolean =>
    permission === 'clipboard-sanitized-write' && url !== undefined && isOwnPage(url);
  session.setPermissionRequestHandler((contents, permission, answer) =>
    answer(allowed(permission, contents?.getURL())),
  );
  session.setPermissionCheckHandler((contents, permission) => allowed(permission, contents?.getURL()));
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
  // Pages ask for nothing outside: what is not ours is not even looked up.
  session.webRequest.onBeforeRequest((details, answer) => {
    const own = isOwnPage(details.url) || details.url.startsWith('devtools://');
    answer({ cancel: !own && !details.url.startsWith('data:') && !details.url.startsWith('blob:') });
  });
}

app.enableSandbox();
app.on('web-contents-created', (_event, contents) => restrictContents(contents));
app.on('session-created', restrictSession);
protocol.registerSchemesAsPrivileged([
  { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
]);
