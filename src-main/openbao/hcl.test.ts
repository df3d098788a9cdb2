import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { agentHcl, serverConfig } from './config.ts';
import { hclString } from './hcl.ts';

property.prop([fc.string({ unit: 'grapheme' })])(
  'a string comes back whole and opens no expression',
  (text) => {
    const quoted = hclString(text);
    expect(JSON.parse(quoted)).toBe(text);
    expect(quoted).not.toContain('${');
    expect(quoted).not.toContain('\n');
  },
);

test('openbao.hcl of one Raft node', () => {
  const config = serverConfig({
    dataDir: '/srv/ca/openbao/data',
    nodeId: 'local',
    listen: '127.0.0.1:8200',
    clusterListen: '127.0.0.1:8201',
    audit: [{ name: 'file', file: '/srv/ca/${x}/audit.log' }],
  });
  expect(config).toBe(`api_addr = "http://127.0.0.1:8200"
cluster_addr = "https://127.0.0.1:8201"

storage "raft" {
  path = "/srv/ca/openbao/data"
  node_id = "local"
  performance_multiplier = 1
}

listener "tcp" {
  address = "127.0.0.1:8200"
  cluster_address = "127.0.0.1:8201"
  tls_disable = true
}

audit "file" "file" {
  options {
    file_path = "/srv/ca/\\u0024{x}/audit.log"
    mode = "0600"
  }
}
`);
});

test('with TLS the address says so', () => {
  const config = serverConfig({
    dataDir: '/d',
    nodeId: 'n',
    listen: '127.0.0.1:8200',
    clusterListen: '127.0.0.1:8201',
    tls: { certFile: '/c', keyFile: '/k' },
    audit: [],
  });
  expect(config).toContain('api_addr = "https://127.0.0.1:8200"');
  expect(config).toContain('tls_cert_file = "/c"');
  expect(config).not.toContain('tls_disable');
});

test('agent.hcl has what the tools wrote', () => {
  const hcl = agentHcl({
    address: 'http://openbao:8200',
    roleIdFile: '/openbao/secrets/openbao/responder/role_id',
    secretIdFile: '/openbao/secrets/openbao/responder/secret_id',
    tokenFile: '/openbao/secrets/openbao/token',
    templates: [
      {
        source: '/openbao/secrets/templates/responder.toml.ctmpl',
        destination: '/openbao/secrets/responder/responder.toml',
      },
    ],
  });
  expect(hcl).toBe(`vault {
  address = "http://openbao:8200"
}

auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/openbao/secrets/openbao/responder/role_id"
      secret_id_file_path = "/openbao/secrets/openbao/responder/secret_id"
      remove_secret_id_file_after_reading = false
    }
  }
  sink "file" {
    config = {
      path = "/openbao/secrets/openbao/token"
      mode = 384
    }
  }
}

template {
  source = "/openbao/secrets/templates/responder.toml.ctmpl"
  destination = "/openbao/secrets/responder/responder.toml"
  perms = "0600"
}
`);
});
