import { expect, test } from 'vitest';
import { containerView } from '../topology/compose/view.ts';
import { localView } from '../topology/local-view.ts';
import { WorkspacePaths } from '../workspace/paths.ts';
import { movedAgent, movedCaConfig, movedCaTemplate, movedResponder, type Ends } from './configs.ts';
import { withBridge } from './steps.ts';

const paths = new WorkspacePaths('/srv/x');
const ports = {
  openbao: 8200,
  openbaoCluster: 8201,
  postgres: 5433,
  stepCa: 9000,
  acmeHttp: 8880,
  responderAdmin: 8080,
  resolver: 8053,
};
const local = { inside: localView, ports };
const compose = { inside: containerView(paths), ports };
const there: Ends = { from: local, to: compose, secrets: paths.secrets };
const back: Ends = { from: compose, to: local, secrets: paths.secrets };

const config = `{
  "root": "/srv/x/secrets/certs/root_ca.crt",
  "crt": "/srv/x/secrets/certs/intermediate_ca.crt",
  "key": "/srv/x/secrets/secrets/intermediate_ca_key",
  "address": "127.0.0.1:9000",
  "dnsNames": ["localhost", "127.0.0.1", "ca.example"],
  "db": { "type": "postgresql", "dataSource": "postgresql://step:pw@127.0.0.1:5433/stepca" },
  "unknown": [1, 2]
}
`;
const [here, inside] = [
  'postgresql://step:pw@127.0.0.1:5433/stepca',
  'postgresql://step:pw@postgres:5432/stepca',
];

test('what a move changes of ca.json comes back with the move back, and what it does not know stays', () => {
  const moved = movedCaConfig(config, 'ca.json', there, inside);
  const parsed = JSON.parse(moved) as Record<string, unknown>;
  expect(parsed).toMatchObject({
    root: '/home/step/certs/root_ca.crt',
    key: '/home/step/secrets/intermediate_ca_key',
    address: ':9000',
    unknown: [1, 2],
  });
  expect(parsed['dnsNames']).toEqual(['localhost', '127.0.0.1', 'step-ca', 'bootroot-ca', 'ca.example']);
  expect(JSON.parse(movedCaConfig(moved, 'ca.json', back, here))).toEqual(JSON.parse(config));
});

test('the template has the place of the DSN where it was', () => {
  const place = '{{ with secret "secret/data/bootroot/stepca/db" }}{{ .Data.data.value }}{{ end }}';
  const template = config.replace(here, place);
  const moved = movedCaConfig(config, 'ca.json', there, inside);
  const made = movedCaTemplate(template, moved, inside);
  expect(made).toContain(`"dataSource": "${place}"`);
  expect(made).toContain('/home/step/certs/root_ca.crt');
  expect(made).not.toContain('pw@');
});

test('the responder listens where the others look for it', () => {
  const toml = '# kept\nlisten_addr = "127.0.0.1:8880"\nadmin_addr = "127.0.0.1:8080"\nhmac_secret = "x"\n';
  const moved = movedResponder(toml, there);
  expect(moved).toBe('# kept\nlisten_addr = "0.0.0.0:80"\nadmin_addr = "0.0.0.0:8080"\nhmac_secret = "x"\n');
  expect(movedResponder(moved, back)).toBe(toml);
});

test('the agents find OpenBao and their files', () => {
  const hcl = 'address = "http://127.0.0.1:8200"\nsource = "/srv/x/secrets/templates/ca.json.ctmpl"\n';
  const moved = movedAgent(hcl, there);
  expect(moved).toBe(
    'address = "http://openbao:8200"\nsource = "/openbao/secrets/templates/ca.json.ctmpl"\n',
  );
  expect(movedAgent(moved, back)).toBe(hcl);
});

test('openbao.hcl keeps everything but its audit devices', () => {
  const hcl =
    'api_addr = "x"\n\naudit "file" "file" {\n  options {\n    file_path = "/a"\n  }\n}\naudit "file" "b" {\n  options { file_path = "/b" }\n}\nui = true\n';
  const bridged = withBridge(hcl);
  expect(bridged).toContain('api_addr = "x"');
  expect(bridged).toContain('ui = true');
  expect(bridged.match(/file_path = .*/g)).toEqual(['file_path = "stdout"']);
});
