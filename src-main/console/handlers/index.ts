import type { BootrootConsole } from '../console.ts';
import type { Handlers } from '../dispatcher.ts';
import { adoptPart } from './adopt.ts';
import { auditHandlers } from './audit.ts';
import { certificateHandlers } from './certificates.ts';
import { elsewhereHandlers } from './elsewhere.ts';
import { driftPart } from './drift.ts';
import { eabPart } from './eab.ts';
import { healthPart } from './health.ts';
import { homeHandlers } from './home.ts';
import { hostHandlers } from './hosts.ts';
import { infraHandlers } from './infra.ts';
import { monitoringPart } from './monitoring.ts';
import { openbaoHandlers } from './openbao.ts';
import { operationHandlers } from './operations.ts';
import { recoveryPart } from './recovery.ts';
import { caKeyPart } from './rotation-ca-key.ts';
import { rotationPart } from './rotation.ts';
import { schedulesPart } from './schedules.ts';
import { serviceHandlers } from './services.ts';
import { sessionHandlers } from './session.ts';
import { setupHandlers } from './setup.ts';
import { upgradePart } from './upgrade.ts';
import { workspaceHandlers } from './workspaces.ts';

/** Every procedure of the contract; one file for each part of it. */
export const allHandlers = (console: BootrootConsole): Handlers => ({
  ...sessionHandlers(console),
  ...workspaceHandlers(console),
  ...setupHandlers(console),
  ...openbaoHandlers(console),
  ...serviceHandlers(console),
  ...hostHandlers(console),
  ...operationHandlers(console),
  ...rotationPart(console),
  ...caKeyPart(console),
  ...recoveryPart(console),
  ...eabPart(console),
  ...schedulesPart(console),
  ...homeHandlers(console),
  ...certificateHandlers(console),
  ...infraHandlers(console),
  ...auditHandlers(console),
  ...monitoringPart(console),
  ...driftPart(console),
  ...elsewhereHandlers(console),
  ...upgradePart(console),
  ...adoptPart(console),
  ...healthPart(console),
});
