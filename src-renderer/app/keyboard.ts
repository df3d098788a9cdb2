import type { MessageKey } from '../../shared/i18n/index.ts';

/** Pages that `g` and a letter reach, and their places in the rail. One table for both, the palette and the overlay. */
export const pages = [
  { id: 'home', to: '/', letter: 'h' },
  { id: 'services', to: '/services', letter: 's' },
  { id: 'certificates', to: '/certificates', letter: 'c' },
  { id: 'rotation', to: '/rotation', letter: 'r' },
  { id: 'schedules', to: '/schedules', letter: 'd' },
  { id: 'hosts', to: '/hosts', letter: 'n' },
  { id: 'operations', to: '/operations', letter: 'o' },
  { id: 'monitoring', to: '/monitoring', letter: 'm' },
  { id: 'servers', to: '/servers', letter: 'v' },
  { id: 'audit', to: '/audit', letter: 'a' },
  { id: 'settings', to: '/settings', letter: ',' },
] as const;
export type PageId = (typeof pages)[number]['id'];

/** Every other key, as the overlay shows it. `mod` is Ctrl, on Apple machines Command. */
export const keys: readonly { readonly keys: readonly string[]; readonly does: MessageKey }[] = [
  { keys: ['mod', 'K'], does: 'keys.palette' },
  { keys: ['/'], does: 'keys.search' },
  { keys: ['?'], does: 'keys.all' },
  { keys: ['j', 'k'], does: 'keys.move' },
  { keys: ['x'], does: 'keys.select' },
  { keys: ['enter'], does: 'keys.open' },
  { keys: ['.'], does: 'keys.actions' },
  { keys: ['esc'], does: 'keys.back' },
  { keys: ['mod', 'enter'], does: 'keys.confirm' },
];

/** Inputs that take no letters: a choice that was just made must not swallow the keys of the page. */
const choices: ReadonlySet<string> = new Set(['radio', 'checkbox', 'button', 'submit', 'reset', 'file']);

/** Whether a key press belongs to whatever is being typed into. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !choices.has(target.type);
  return target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** Whether something that takes all keys, such as a dialog, is open. */
export const isCovered = (): boolean => document.querySelector('[role="dialog"], [role="menu"]') !== null;
