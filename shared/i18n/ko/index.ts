import acme from './acme.json';
import adopt from './adopt.json';
import agent from './agent.json';
import audit from './audit.json';
import auditUi from './audit-ui.json';
import backup from './backup.json';
import certificates from './certificates.json';
import certificatesUi from './certificates-ui.json';
import certificateFiles from './certificate-files.json';
import checks from './checks.json';
import cli from './cli.json';
import common from './common.json';
import containers from './containers.json';
import docker from './docker.json';
import drift from './drift.json';
import errors from './errors.json';
import health from './health.json';
import home from './home.json';
import homeNeeds from './home-needs.json';
import hosts from './hosts.json';
import monitoring from './monitoring.json';
import moving from './moving.json';
import notifications from './notifications.json';
import openbao from './openbao.json';
import openbaoUi from './openbao-ui.json';
import operations from './operations.json';
import operationsUi from './operations-ui.json';
import remote from './remote.json';
import renewalAgents from './renewal-agents.json';
import reports from './reports.json';
import rotation from './rotation.json';
import rotationCaKey from './rotation-ca-key.json';
import rotationCaKeyUi from './rotation-ca-key-ui.json';
import rotationRecovery from './rotation-recovery.json';
import rotationUi from './rotation-ui.json';
import schedules from './schedules.json';
import servers from './servers.json';
import serviceSteps from './service-steps.json';
import services from './services.json';
import settings from './settings.json';
import setup from './setup.json';
import setupCompose from './setup-compose.json';
import setupExternal from './setup-external.json';
import setupSteps from './setup-steps.json';
import shell from './shell.json';
import systemd from './systemd.json';
import topology from './topology.json';
import upgrade from './upgrade.json';
import workspace from './workspace.json';

export const ko = {
  ...acme,
  ...adopt,
  ...agent,
  ...audit,
  ...auditUi,
  ...backup,
  ...certificates,
  ...certificatesUi,
  ...certificateFiles,
  ...checks,
  ...cli,
  ...common,
  ...containers,
  ...docker,
  ...drift,
  ...errors,
  ...health,
  ...home,
  ...homeNeeds,
  ...hosts,
  ...monitoring,
  ...moving,
  ...notifications,
  ...openbao,
  ...openbaoUi,
  ...operations,
  ...operationsUi,
  ...remote,
  ...renewalAgents,
  ...reports,
  ...rotation,
  ...rotationCaKey,
  ...rotationCaKeyUi,
  ...rotationRecovery,
  ...rotationUi,
  ...schedules,
  ...servers,
  ...serviceSteps,
  ...services,
  ...settings,
  ...setup,
  ...setupCompose,
  ...setupExternal,
  ...setupSteps,
  ...shell,
  ...systemd,
  ...topology,
  ...upgrade,
  ...workspace,
};
