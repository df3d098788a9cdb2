import type { MenuItemConstructorOptions } from 'electron';
import type { MessageKey } from '../../../shared/i18n/index.ts';

type Say = (key: MessageKey) => string;
type Role = NonNullable<MenuItemConstructorOptions['role']>;

const separator: MenuItemConstructorOptions = { type: 'separator' };

/** The platform's usual entries in the operator's language. */
export function menuTemplate(say: Say, isMac: boolean): MenuItemConstructorOptions[] {
  const item = (role: Role, key: MessageKey): MenuItemConstructorOptions => ({ role, label: say(key) });
  const quit = item('quit', 'window.menu.quit');
  const about = item('about', 'window.menu.about');
  const application: MenuItemConstructorOptions = {
    role: 'appMenu',
    label: 'Bootroot Console',
    submenu: [
      about,
      separator,
      item('services', 'window.menu.services'),
      separator,
      item('hide', 'window.menu.hide'),
      item('hideOthers', 'window.menu.hide_others'),
      item('unhide', 'window.menu.unhide'),
      separator,
      quit,
    ],
  };
  const file: MenuItemConstructorOptions = {
    label: say('window.menu.file'),
    submenu: isMac
      ? [item('close', 'window.menu.close')]
      : [item('close', 'window.menu.close'), separator, quit],
  };
  const edit: MenuItemConstructorOptions = {
    label: say('window.menu.edit'),
    submenu: [
      item('undo', 'window.menu.undo'),
      item('redo', 'window.menu.redo'),
      separator,
      item('cut', 'window.menu.cut'),
      item('copy', 'window.menu.copy'),
      item('paste', 'window.menu.paste'),
      item('selectAll', 'window.menu.select_all'),
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: say('window.menu.view'),
    submenu: [
      item('reload', 'window.menu.reload'),
      separator,
      item('resetZoom', 'window.menu.reset_zoom'),
      item('zoomIn', 'window.menu.zoom_in'),
      item('zoomOut', 'window.menu.zoom_out'),
      separator,
      item('togglefullscreen', 'window.menu.full_screen'),
    ],
  };
  const window: MenuItemConstructorOptions = {
    label: say('window.menu.window'),
    submenu: [item('minimize', 'window.menu.minimise'), item('zoom', 'window.menu.zoom')],
  };
  const help: MenuItemConstructorOptions = { role: 'help', label: say('window.menu.help'), submenu: [about] };
  return isMac ? [application, file, edit, view, window] : [file, edit, view, window, help];
}
