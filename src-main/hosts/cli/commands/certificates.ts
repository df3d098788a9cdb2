import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  certificatesContract,
  maxCertificateFileBytes,
  type CertificateProblem,
  type CertificateView,
  type Inspection,
} from '../../../../shared/contract/certificates.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import { message } from '../../../../shared/message.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Printer } from '../printer.ts';
import { collectSecrets } from '../secret-inputs.ts';

const day = (at: number): string => new Date(at).toISOString();

const problemLines = (problems: readonly CertificateProblem[], printer: Printer): string[] =>
  problems.map(({ severity, message: text }) => {
    const level = severity === 'error' ? 'critical' : severity;
    return `  ${printer.say(`cli.severity.${level}`)}: ${printer.text(text)}`;
  });

function certificateLines(view: CertificateView, printer: Printer): string[] {
  const { fingerprints, identifiers, key, sentence, validity } = view;
  return [
    `${sentence.title}  ${printer.say(`cli.certificates.${sentence.state}`)}`,
    `  ${printer.say('cli.certificates.subject')}: ${identifiers.subject}`,
    `  ${printer.say('cli.certificates.issuer')}: ${identifiers.issuer}`,
    `  ${printer.say('cli.certificates.names')}: ${view.names.map(({ value }) => value).join(', ')}`,
    `  ${printer.say('cli.certificates.validity')}: ${day(validity.notBefore)} - ${day(validity.notAfter)}`,
    `  ${printer.say('cli.certificates.key')}: ${key.label}`,
    `  ${printer.say('cli.certificates.serial')}: ${identifiers.serial}`,
    `  SHA-256: ${fingerprints.sha256}`,
    ...problemLines(view.problems, printer),
  ];
}

function inspectionLines(found: Inspection, printer: Printer): string[] {
  return [
    ...found.certificates.flatMap((view) => certificateLines(view, printer)),
    ...found.requests.map(
      ({ title, key }) => `${printer.say('cli.certificates.request')}: ${title}, ${key.label}`,
    ),
    ...found.crls.map(({ issuer, revoked }) =>
      printer.say('cli.certificates.crl', { issuer, count: revoked }),
    ),
    ...found.privateKeys.map(({ format, encrypted, key, matches }) =>
      printer.say(encrypted ? 'cli.certificates.encrypted_key' : 'cli.certificates.private_key', {
        what: key?.label ?? format,
        count: matches.length,
      }),
    ),
    ...problemLines(found.problems, printer),
  ];
}

async function readSource(file: string): Promise<{ name: string; base64: string }> {
  const unreadable = (cause: unknown): never => {
    throw new ConsoleError('cli_file_unreadable', { file }, { cause });
  };
  const { size } = await stat(file).catch(unreadable);
  if (size > maxCertificateFileBytes) {
    throw new ConsoleError('cli_file_too_large', { file, megabytes: maxCertificateFileBytes / 1_048_576 });
  }
  const bytes: Buffer = await readFile(file).catch(unreadable);
  return { name: path.basename(file), base64: bytes.toString('base64') };
}

async function inspect(context: CoreContext, file: string): Promise<ExitCode> {
  const { client, operation, printer } = context;
  const source = await readSource(file);
  let found = await client.ask(certificatesContract, 'certificates.inspect', { source });
  if (found.password === 'needed') {
    const input = {
      name: 'password',
      label: message('cli.certificates.password'),
      minLength: 0,
      fresh: false,
    };
    const { password } = await collectSecrets([input], { ...operation, files: operation.secretFiles });
    found = await client.ask(certificatesContract, 'certificates.inspect', { source, password });
  }
  for (const line of inspectionLines(found, printer)) printer.line(line);
  printer.result({ ok: true, inspection: found });
  return exitCodes.done;
}

export function registerCertificates({ program, core, say }: Registry): void {
  const certificates = program.command('certificates').description(say('cli.certificates.description'));
  core(
    certificates.command('inspect <file>').description(say('cli.certificates.inspect')),
    (context, _options, args) => inspect(context, args[0] ?? ''),
  );
}
