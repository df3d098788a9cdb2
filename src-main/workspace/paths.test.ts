import { expect, it } from 'vitest';
import { WorkspacePaths } from './paths.ts';

const paths = new WorkspacePaths('/srv/ca');

it.each([
  [paths.state, 'state.json'],
  [paths.composeFile, 'docker-compose.yml'],
  [paths.env, '.env'],
  [paths.passwordFile, 'secrets/password.txt'],
  [paths.caConfig, 'secrets/config/ca.json'],
  [paths.rootCert, 'secrets/certs/root_ca.crt'],
  [paths.intermediateCert, 'secrets/certs/intermediate_ca.crt'],
  [paths.rootKey, 'secrets/secrets/root_ca_key'],
  [paths.intermediateKey, 'secrets/secrets/intermediate_ca_key'],
  [paths.template('responder.toml'), 'secrets/templates/responder.toml.ctmpl'],
  [paths.responderConfig, 'secrets/responder/responder.toml'],
  [paths.infraAgent('stepca', 'role_id'), 'secrets/openbao/stepca/role_id'],
  [paths.serviceAgent('a', 'agent.hcl'), 'secrets/openbao/services/a/agent.hcl'],
  [paths.serviceSecret('a', 'secret_id'), 'secrets/services/a/secret_id'],
  [paths.bootstrapArtifact('a'), 'secrets/remote-bootstrap/services/a/bootstrap.json'],
  [paths.unsealKeys, 'secrets/openbao/unseal-keys.txt'],
  [paths.rotationState, 'rotation-state.json'],
  [paths.agentState('a'), 'bootroot-agent-state-a.json'],
  [paths.bundle, 'certs/ca-bundle.pem'],
  [paths.responderComposeOverride, 'secrets/responder/docker-compose.responder.override.yml'],
  [paths.openbaoAgentComposeOverride, 'secrets/openbao/docker-compose.openbao-agent.override.yml'],
  [paths.store, '.console/store.db'],
  [paths.localServer('postgres'), 'local/postgres'],
])('puts %s where the tools look for it', (path, expected) => {
  expect(path).toBe(`/srv/ca/${expected}`);
});
