import { openBridgeLink } from './bridge-link.ts';
import type { OpenLink } from './link.ts';
import { openSocketLink } from './socket-link.ts';

/** The window's bridge where there is one, else the socket of the host that served the page. */
export const openLink: OpenLink = (events) =>
  window.bootroot === undefined ? openSocketLink(events) : openBridgeLink(window.bootroot, events);
