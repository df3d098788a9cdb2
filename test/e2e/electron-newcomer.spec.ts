import { openWindow, type TestWindow } from '../support/electron.ts';
import { newcomerPath, type Host } from './steps/newcomer.ts';

let window: TestWindow | undefined;

const electronHost: Host = {
  electron: true,
  async start({ configHome, environment }) {
    window = await openWindow({ configHome, environment });
    return window.page;
  },
  async quit() {
    await window?.close();
    window = undefined;
  },
};

newcomerPath(electronHost);
