/** The servers of a local installation in the order in which they start; they stop in the opposite one. */
export const serverIds = ['postgres', 'openbao', 'resolver', 'responder', 'step-ca'] as const;
export type ServerId = (typeof serverIds)[number];

/** Product names are not translated; the console's own two are. */
export const serverTitles: Readonly<Record<ServerId, string>> = {
  postgres: 'PostgreSQL',
  openbao: 'OpenBao',
  resolver: 'DNS resolver',
  responder: 'HTTP-01 responder',
  'step-ca': 'step-ca',
};
