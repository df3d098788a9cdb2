/** Where the volume of PostgreSQL is mounted, for every major version. */
export const postgresVolume = '/var/lib/postgresql';

/** The cluster of a major version in the volume, as the official image has it from 18 on. */
export const postgresData = (major: number): string => `${postgresVolume}/${String(major)}/docker`;

/** The user of the official image's server. */
export const postgresOwner = { uid: 999, gid: 999 };
