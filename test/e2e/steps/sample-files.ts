import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const samplePassword = 'a sample password';

/** What an operator drops on the viewer, made anew by OpenSSL: nothing here was made by the code under test. */
export interface SampleFiles {
  readonly pem: Buffer;
  readonly der: Buffer;
  readonly request: Buffer;
  readonly encryptedKey: Buffer;
  readonly pkcs12: Buffer;
}

export function makeSampleFiles(): SampleFiles {
  const directory = mkdtempSync(path.join(tmpdir(), 'bootroot-samples-'));
  const at = (name: string): string => path.join(directory, name);
  const openssl = (...words: string[]): void => {
    execFileSync('openssl', words, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem'];
    const subject = [
      '-subj',
      '/CN=dropped.example.test',
      '-addext',
      'subjectAltName=DNS:dropped.example.test',
    ];
    openssl('req', '-x509', ...key, ...subject, '-days', '30', '-out', 'certificate.pem');
    openssl('x509', '-in', 'certificate.pem', '-outform', 'DER', '-out', 'certificate.der');
    openssl('req', '-new', '-key', 'key.pem', ...subject, '-out', 'request.pem');
    const files = ['-inkey', 'key.pem', '-in', 'certificate.pem', '-out', 'both.p12'];
    openssl('pkcs12', '-export', ...files, '-passout', `pass:${samplePassword}`);
    const encrypted = createPrivateKey(readFileSync(at('key.pem'))).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: samplePassword,
    });
    return {
      pem: readFileSync(at('certificate.pem')),
      der: readFileSync(at('certificate.der')),
      request: readFileSync(at('request.pem')),
      encryptedKey: Buffer.from(encrypted),
      pkcs12: readFileSync(at('both.p12')),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
