import 'reflect-metadata';
import './security.ts';
import path from 'node:path';
import { app, dialog, ipcMain, Menu, Notification, session, type BrowserWindow } from 'electron';
import { errorMessages } from '../../../shared/errors.ts';
import { createTranslator, locales, type Locale, type MessageKey } from '../../../shared/i18n/index.ts';
import type { Message } from '../../../shared/message.ts';
import { openConsole } from '../../console/console.ts';
import { toErrorData } from '../../operations/error-data.ts';
import { configDirectory } from '../config-dir.ts';
import type { HostConsole } from '../host-console.ts';
import { openHostLog } from '../host-log.ts';
import { loadRendererFiles } from '../renderer-files.ts';
import { serveAppProtocol } from './app-protocol.ts';
import { followNotices } from './desktop-notices.ts';
import { serveFrameIpc } from './frame-ipc.ts';
import { profileDirectory, workspaceArgument } from './instance.ts';
import { createMainWindow } from './main-window.ts';
import { menuTemplate } from './menu.ts';
import { guardQuit } from './quit.ts';
import { appOrigin, restrictSession } from './security.ts';

const workspace = workspaceArgument(process.argv);
const configDir = configDirectory();
const profile = profileDirectory(configDir, workspace);

const asLocale = (text: string): Locale => locales.find((locale) => text.startsWith(locale)) ?? 'en';

/** The operator's language as saved, else that of the desktop. */
async function chooseLocale({ dispatcher, actor }: HostConsole): Promise<Locale> {
  const call = {
    actor: `${actor} (window)`,
    host: 'electron' as const,
    signal: new AbortController().signal,
  };
  try {
    const preferences = (await dispatcher.call('session.preferences', {}, call)) as { locale: Locale };
    return preferences.locale;
  } catch {
    return asLocale(app.getLocale());
  }
}

async function openWindow(): Promise<BrowserWindow> {
  const log = openHostLog(configDir, 'electron');
  restrictSession(session.defaultSession);
  serveAppProtocol(await loadRendererFiles(path.join(__dirname, 'renderer')));
  const opened = await openConsole({
    host: 'electron',
    ...(workspace === undefined ? {} : { workspacePath: workspace }),
  });
  const translator = createTranslator(await chooseLocale(opened));
  const say = (key: MessageKey): string => translator.t(key);
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(say, process.platform === 'darwin')));
  const window = createMainWindow(path.join(profile, 'window.json'), path.join(__dirname, 'preload.cjs'));
  serveFrameIpc({
    receiver: ipcMain,
    contents: window.webContents,
    dispatcher: opened.dispatcher,
    actor: opened.actor,
    log,
  });
  const closed = new AbortController();
  window.once('closed', () => closed.abort());
  void followNotices({
    dispatcher: opened.dispatcher,
    actor: opened.actor,
    inFront: () => window.isDestroyed() || window.isFocused(),
    show({ title, body }) {
      if (!Notification.isSupported()) return;
      const notice = new Notification({ title, body });
      notice.on('click', () => window.focus());
      notice.show();
    },
    signal: closed.signal,
  });
  guardQuit({ window, console: opened, say, log });
  window.loadURL(`${appOrigin}/`).catch((error: unknown) => {
    // Closing the window while its page loads ends the loading too, a moment before the window is gone.
    setTimeout(() => {
      if (!window.isDestroyed()) fail(error);
    }, 500);
  });
  return window;
}

/** Without a core there is no page that could say what is wrong. */
function fail(error: unknown): void {
  const translator = createTranslator(asLocale(app.getLocale()));
  const text = ({ key, params }: Message): string => translator.t(key, { ...params });
  const data = toErrorData(error);
  const { what, changed, next } = errorMessages(data);
  const sentences = [what, changed, next].map(text).join('\n');
  process.stderr.write(`${sentences}\n${data.detail ?? ''}\n`);
  dialog.showErrorBox('Bootroot Console', sentences);
  app.exit(1);
}

app.setPath('userData', profile);
if (app.requestSingleInstanceLock()) {
  app.on('window-all-closed', () => app.quit());
  app
    .whenReady()
    .then(openWindow)
    .then((window) => {
      app.on('second-instance', () => {
        if (window.isMinimized()) window.restore();
        window.focus();
      });
    })
    .catch(fail);
} else {
  app.quit();
}
