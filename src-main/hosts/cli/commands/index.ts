import type { Registry } from '../context.ts';
import { registerAdopt } from './adopt.ts';
import { registerAudit } from './audit.ts';
import { registerCertificates } from './certificates.ts';
import { registerDrift } from './drift.ts';
import { registerInfra } from './infra.ts';
import { registerInit } from './init.ts';
import { registerChecks } from './checks.ts';
import { registerMonitoring } from './monitoring.ts';
import { registerOperations } from './operations.ts';
import { registerAgent, registerResolver, registerResponder } from './long-running.ts';
import { registerRemote } from './remote.ts';
import { registerRotate } from './rotate.ts';
import { registerSchedule, registerScheduler } from './schedule.ts';
import { registerServers } from './servers.ts';
import { registerService } from './service.ts';
import { registerStatus } from './status.ts';
import { registerUnseal } from './unseal.ts';
import { registerVerify } from './verify.ts';
import { registerWeb } from './web.ts';
import { registerDemo } from './demo.ts';

/** Every word of the command line, in the order of `--help`. */
export function registerAll(registry: Registry): void {
  registerWeb(registry);
  registerServers(registry);
  registerInit(registry);
  registerInfra(registry);
  registerUnseal(registry);
  registerStatus(registry);
  registerService(registry);
  registerRotate(registry);
  registerSchedule(registry);
  registerScheduler(registry);
  registerVerify(registry);
  registerChecks(registry);
  registerMonitoring(registry);
  registerDrift(registry);
  registerAdopt(registry);
  registerOperations(registry);
  registerAudit(registry);
  registerCertificates(registry);
  registerAgent(registry);
  registerResponder(registry);
  registerResolver(registry);
  registerRemote(registry);
  registerDemo(registry);
}
