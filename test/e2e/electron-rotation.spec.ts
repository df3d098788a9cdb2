import { openWindow, type TestWindow } from '../support/electron.ts';
import { everyRotation } from './steps/rotations.ts';

let window: TestWindow | undefined;

everyRotation({
  electron: true,
  async open(workspace) {
    window = await openWindow({ workspace });
    return window.page;
  },
  async close() {
    await window?.close();
  },
});
