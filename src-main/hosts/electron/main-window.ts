import path from 'node:path';
import { BrowserWindow, nativeTheme, screen } from 'electron';
import { readWindowState, writeWindowState } from './window-state.ts';

/** The one window: sandboxed, isolated, without node. Its size and place are kept in `stateFile`. */
export function createMainWindow(stateFile: string, preload: string): BrowserWindow {
  const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
  const { maximised, x, y, ...size } = readWindowState(stateFile, areas);
  const window = new BrowserWindow({
    ...size,
    ...(x === undefined || y === undefined ? {} : { x, y }),
    minWidth: 800,
    minHeight: 560,
    show: false,
    title: 'Bootroot Console',
    icon: path.join(path.dirname(preload), '..', 'assets', 'icon.png'),
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#16181d' : '#f6f7f9',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  });
  if (maximised) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => {
    writeWindowState(stateFile, { ...window.getNormalBounds(), maximised: window.isMaximized() });
  });
  return window;
}
