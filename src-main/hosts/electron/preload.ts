import { contextBridge, ipcRenderer } from 'electron';
import { frameChannel } from './channel.ts';

/** Names of the contract's procedures: the build writes them in, so that this surface comes from the contract and from nothing else. */
declare const contractProcedures: readonly string[];
declare const location: { readonly origin: string };

const procedures: ReadonlySet<unknown> = new Set(contractProcedures);

/** A frame that the contract knows. The core validates it again, whole. */
function isKnown(frame: unknown): boolean {
  if (typeof frame !== 'object' || frame === null) return false;
  const { t, p } = frame as { t?: unknown; p?: unknown };
  return t === 'abort' || (t === 'req' && procedures.has(p));
}

if (location.origin === 'app://console' && process.isMainFrame) {
  contextBridge.exposeInMainWorld('bootroot', {
    host: 'electron',
    send(frame: unknown) {
      if (!isKnown(frame)) throw new Error('unknown procedure');
      ipcRenderer.send(frameChannel, JSON.stringify(frame));
    },
    onFrame(listener: (frame: unknown) => void) {
      const forward = (_event: unknown, text: string): void => listener(JSON.parse(text));
      ipcRenderer.on(frameChannel, forward);
      return () => void ipcRenderer.off(frameChannel, forward);
    },
  });
}
