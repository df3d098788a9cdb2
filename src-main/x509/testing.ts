import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Milliseconds of processor time since `start`: unlike the clock it does not depend on what else the machine does. */
export function processorTime(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** A temporary directory in which the OpenSSL command line makes and judges files: the other opinion of these tests. */
export class OpenSsl {
  readonly directory = mkdtempSync(join(tmpdir(), 'x509-'));
  private serial = 0;

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  read(name: string): Uint8Array {
    return new Uint8Array(readFileSync(this.path(name)));
  }

  /** Standard output and standard error. Relative paths are below the directory. */
  run(...args: string[]): string {
    const { stdout, stderr } = spawnSync('openssl', args, { cwd: this.directory, encoding: 'utf8' });
    return stdout + stderr;
  }

  /** Like run, and fails unless OpenSSL succeeds. */
  must(...args: string[]): string {
    const { stdout, stderr, status } = spawnSync('openssl', args, { cwd: this.directory, encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** Key `<name>.key` and certificate `<name>.crt` (PEM) with these extensions, signed by `issuer` or by itself. */
  certificate(
    name: string,
    options: {
      key?: readonly string[];
      subject?: string;
      extensions: readonly string[];
      issuer?: string;
      days?: number;
      hash?: string;
    },
  ): void {
    const key = options.key ?? ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    this.must('genpkey', ...key, '-out', `${name}.key`);
    const sections = this.write(
      `${name}.cnf`,
      `[req]\ndistinguished_name=dn\n[dn]\n[ext]\n${options.extensions.join('\n')}\n`,
    );
    const subject = options.subject ?? `/O=Test/CN=${name}`;
    const hash = options.hash === undefined ? [] : [`-${options.hash}`];
    this.must(
      'req',
      '-new',
      '-utf8',
      '-key',
      `${name}.key`,
      '-subj',
      subject,
      '-config',
      sections,
      '-out',
      `${name}.csr`,
      ...hash,
    );
    const signer =
      options.issuer === undefined
        ? ['-signkey', `${name}.key`]
        : ['-CA', `${options.issuer}.crt`, '-CAkey', `${options.issuer}.key`];
    this.serial++;
    this.must(
      'x509', '-req', '-in', `${name}.csr`, ...signer, '-days', String(options.days ?? 30), '-set_serial', String(1000 + this.serial),
      '-extfile', sections, '-extensions', 'ext', '-out', `${name}.crt`, ...hash,
    ); // prettier-ignore
  }

  /** DER of `<name>.crt`. */
  der(name: string): Uint8Array {
    this.must('x509', '-in', `${name}.crt`, '-outform', 'DER', '-out', `${name}.der`);
    return this.read(`${name}.der`);
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export const caExtensions = [
  'basicConstraints=critical,CA:TRUE',
  'keyUsage=critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier=hash',
  'authorityKeyIdentifier=keyid',
] as const;

export const leafExtensions = (names: string): string[] => [
  'basicConstraints=critical,CA:FALSE',
  'keyUsage=critical,digitalSignature',
  'extendedKeyUsage=serverAuth,clientAuth',
  'subjectKeyIdentifier=hash',
  'authorityKeyIdentifier=keyid',
  `subjectAltName=${names}`,
];
