import { monitoringSettingsSchema, type MonitoringSettings } from '../../shared/contract/monitoring.ts';

/** Small named values of a workspace. */
export interface SettingsStore {
  read(name: string): Promise<unknown>;
  write(name: string, value: unknown): Promise<void>;
}

const setting = 'monitoring';

/** What the operator has chosen, defaults filled in; a value that makes no sense reads as the defaults. */
export async function readMonitoringSettings(settings: SettingsStore): Promise<MonitoringSettings> {
  const parsed = monitoringSettingsSchema.safeParse((await settings.read(setting)) ?? {});
  return parsed.success ? parsed.data : monitoringSettingsSchema.parse({});
}

export const writeMonitoringSettings = (settings: SettingsStore, value: MonitoringSettings): Promise<void> =>
  settings.write(setting, value);
