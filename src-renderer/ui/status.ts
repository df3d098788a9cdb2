import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconClockExclamation,
  IconClockX,
  IconHelpCircle,
  IconLock,
  IconPlugConnectedX,
  IconProgress,
  type Icon,
} from '@tabler/icons-react';

/** The status words of the whole product. Each has one icon and one colour pair; unknown is never green. */
export const statuses = [
  'proved',
  'due',
  'overdue',
  'pending',
  'failed',
  'expired',
  'sealed',
  'unreachable',
  'unknown',
  'contradicted',
] as const;
export type Status = (typeof statuses)[number];

export const statusIcons: Record<Status, Icon> = {
  proved: IconCircleCheck,
  due: IconClock,
  overdue: IconClockExclamation,
  pending: IconProgress,
  failed: IconCircleX,
  expired: IconClockX,
  sealed: IconLock,
  unreachable: IconPlugConnectedX,
  unknown: IconHelpCircle,
  contradicted: IconAlertTriangle,
};

/** Text on its ground; a unit test holds every pair to a contrast of 4.5 to 1 and more. */
export interface ColourPair {
  readonly text: string;
  readonly ground: string;
}

export const statusColours: Record<'light' | 'dark', Record<Status, ColourPair>> = {
  light: {
    proved: { text: '#0b5d3b', ground: '#dcf2e6' },
    due: { text: '#5f4700', ground: '#fbefc9' },
    overdue: { text: '#85260b', ground: '#fdd8cb' },
    pending: { text: '#1f4b8f', ground: '#e1ebfb' },
    failed: { text: '#8f1520', ground: '#fde4e5' },
    expired: { text: '#8f1520', ground: '#fde4e5' },
    sealed: { text: '#5b2a86', ground: '#efe4f9' },
    unreachable: { text: '#7a1f4d', ground: '#fae1ec' },
    unknown: { text: '#434d59', ground: '#e8ebef' },
    contradicted: { text: '#8f1520', ground: '#fde4e5' },
  },
  dark: {
    proved: { text: '#8ce0b4', ground: '#143527' },
    due: { text: '#f0d27a', ground: '#3a2f10' },
    overdue: { text: '#ffac8f', ground: '#4a2013' },
    pending: { text: '#a6c8ff', ground: '#1a2d4d' },
    failed: { text: '#ffb0b3', ground: '#471a1e' },
    expired: { text: '#ffb0b3', ground: '#471a1e' },
    sealed: { text: '#d9b8f5', ground: '#35204a' },
    unreachable: { text: '#f5b3cf', ground: '#431c2f' },
    unknown: { text: '#c2cad3', ground: '#2a313b' },
    contradicted: { text: '#ffb0b3', ground: '#471a1e' },
  },
};
