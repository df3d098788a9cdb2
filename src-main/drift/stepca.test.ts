import { expect, it } from 'vitest';
import { renderCaConfig } from '../stepca/ca-config.ts';
import { templateWithProvisioner } from './stepca.ts';

const placeholder = '{{ with secret "secret/data/bootroot/stepca/db" }}{{ .Data.data.value }}{{ end }}';
const text = renderCaConfig({
  rootCert: '/r',
  intermediateCert: '/i',
  intermediateKey: '/k',
  address: ':9000',
  dnsNames: ['localhost'],
  dataSource: 'DSN',
  leafHours: 24,
}).replace('"DSN"', `"${placeholder}"`);

it('the template of ca.json keeps its placeholders, and changes only where the provisioner does', () => {
  expect(templateWithProvisioner(text, 'ca.json', 'acme', 24)).toBe(text);
  const other = text.replaceAll('24h0m0s', '2160h0m0s');
  expect(templateWithProvisioner(other, 'ca.json', 'acme', 24)).toBe(text);
  const more = templateWithProvisioner(text.replace('"name": "acme"', '"name": "x"'), 'ca.json', 'acme', 24);
  expect(more).toContain(`"dataSource": "${placeholder}"`);
  expect(more.match(/"name": "(x|acme)"/g)).toEqual(['"name": "x"', '"name": "acme"']);
});
