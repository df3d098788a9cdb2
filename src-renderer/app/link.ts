import type { ClientFrame } from '../../shared/frames.ts';

/** Why a link ended: it may come back, or the session has no right any more. */
export type LinkEnd = 'lost' | 'unauthorised';

export interface LinkEvents {
  readonly onOpen: () => void;
  /** A parsed frame, not yet validated. */
  readonly onFrame: (frame: unknown) => void;
  readonly onEnd: (reason: LinkEnd) => void;
}

export interface Link {
  readonly send: (frame: ClientFrame) => void;
  readonly close: () => void;
}

/** Opens one link to the core; called again after every end. */
export type OpenLink = (events: LinkEvents) => Link;
