import { app, dialog, type BrowserWindow } from 'electron';
import type { MessageKey } from '../../../shared/i18n/index.ts';
import type { HostConsole, HostLog } from '../host-console.ts';

export interface QuitOptions {
  readonly window: BrowserWindow;
  readonly console: HostConsole;
  readonly say: (key: MessageKey) => string;
  readonly log: HostLog;
}

type Choice = 'leave' | 'stop' | 'cancel';

/** Cancel is the default, and what Escape and closing the question mean. */
async function ask({ window, say }: QuitOptions): Promise<Choice> {
  const choices: readonly Choice[] = ['leave', 'stop', 'cancel'];
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message: say('window.quit.question'),
    detail: say('window.quit.detail'),
    buttons: choices.map((choice) => say(`window.quit.${choice}`)),
    defaultId: 2,
    cancelId: 2,
    noLink: true,
  });
  return choices[response] ?? 'cancel';
}

/** Quitting asks what becomes of running servers, then closes the core, then ends the process. */
export function guardQuit(options: QuitOptions): void {
  const { console, log, window } = options;
  let state: 'open' | 'deciding' | 'closed' = 'open';

  const decide = async (): Promise<void> => {
    const running = await console.infraRunning();
    const choice = running ? await ask(options) : 'leave';
    if (choice === 'cancel') return;
    if (choice === 'stop') await console.stopInfra();
    await console.shutdown();
    state = 'closed';
    app.quit();
  };
  const start = (): void => {
    if (state !== 'open') return;
    state = 'deciding';
    decide()
      .catch((error: unknown) => {
        log.error({ reason: error instanceof Error ? error.name : 'unknown' }, 'quit failed');
        dialog.showErrorBox('Bootroot Console', options.say('window.quit.failed'));
      })
      .finally(() => {
        if (state === 'deciding') state = 'open';
      });
  };
  app.on('before-quit', (event) => {
    if (state === 'closed') return;
    event.preventDefault();
    start();
  });
  window.on('close', (event) => {
    if (state === 'closed') return;
    event.preventDefault();
    start();
  });
}
