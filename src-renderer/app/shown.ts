import { createStore, type Store } from './store.ts';

/** Which installation the page shows: an id, empty for none, undefined until the core has said which is open. */
export interface Shown {
  readonly id: string | undefined;
  /** The core does not hold it open any more, so it refuses what is asked for it. */
  readonly left: boolean;
}

const key = 'shown-installation';

/** What is shown next is what the core has open. */
export const forgetShown = (storage: Pick<Storage, 'removeItem'>): void => storage.removeItem(key);

/** Kept with the tab, so that loading the page anew shows the same installation, whatever other tabs do. */
export function createShown(storage: Pick<Storage, 'getItem' | 'setItem'>): Store<Shown> {
  const shown = createStore<Shown>({ id: storage.getItem(key) ?? undefined, left: false });
  shown.subscribe(() => {
    const { id } = shown.get();
    if (id !== undefined) storage.setItem(key, id);
  });
  return shown;
}
