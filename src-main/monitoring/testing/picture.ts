import { monitoringSettingsSchema } from '../../../shared/contract/monitoring.ts';
import { facts } from '../../home/testing.ts';
import type { Picture } from '../picture.ts';

/** An installation of which nothing needs anybody, except that no backup was ever taken. */
export const picture = (change: Partial<Picture> = {}): Picture => ({
  facts: facts(),
  rotations: [],
  timeline: undefined,
  hosts: [],
  checks: [],
  skews: [],
  disks: [],
  auditFiles: undefined,
  caDatabaseBytes: undefined,
  targets: [],
  backup: {},
  settings: monitoringSettingsSchema.parse({}),
  unreadable: [],
  ms: 12,
  ...change,
});
