/** What step-ca's configuration is made of. Paths are those that step-ca sees; lifetimes in hours. */
export interface CaConfigInput {
  readonly rootCert: string;
  readonly intermediateCert: string;
  readonly intermediateKey: string;
  /** `host:port` it listens on. */
  readonly address: string;
  /** Names and addresses in its own serving certificate: those by which clients call it (failure mode C12). */
  readonly dnsNames: readonly string[];
  /** DSN of its database. A secret: the file is 0600. */
  readonly dataSource: string;
  /** Lifetime of a leaf when the client does not ask for one, and the longest that it may ask for. */
  readonly leafHours: number;
  /** Name of the ACME provisioner, a part of the directory's address. */
  readonly provisioner?: string;
}

const hours = (count: number): string => `${count}h0m0s`;

/** An ACME provisioner: HTTP-01 only, leaves of this life. */
export const acmeProvisioner = (name: string, leafHours: number) => ({
  type: 'ACME',
  name,
  challenges: ['http-01'],
  claims: {
    minTLSCertDuration: '5m0s',
    maxTLSCertDuration: hours(leafHours),
    defaultTLSCertDuration: hours(leafHours),
  },
});

/** `secrets/config/ca.json` as step-ca 0.30 reads it: PostgreSQL, one ACME provisioner, HTTP-01 only. */
export function renderCaConfig(input: CaConfigInput): string {
  const config = {
    root: input.rootCert,
    federatedRoots: null,
    crt: input.intermediateCert,
    key: input.intermediateKey,
    address: input.address,
    insecureAddress: '',
    dnsNames: input.dnsNames,
    logger: { format: 'text' },
    db: { type: 'postgresql', dataSource: input.dataSource, badgerFileLoadingMode: '' },
    authority: {
      provisioners: [acmeProvisioner(input.provisioner ?? 'acme', input.leafHours)],
    },
    tls: {
      cipherSuites: [
        'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
        'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
        'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      ],
      minVersion: 1.2,
      maxVersion: 1.3,
      renegotiation: false,
    },
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** How step-ca is run on this host. */
export interface StepCaRun {
  readonly configFile: string;
  readonly passwordFile: string;
  /** `host:port` of the DNS server that it asks for everything it looks up. */
  readonly resolver: string;
  /** Port that it calls for HTTP-01. */
  readonly acmeHttpPort: number;
}

/** Arguments of step-ca. `--insecure` allows `--acme-http-port` and nothing else; the password stays in its file. */
export function stepCaArgs(run: StepCaRun): string[] {
  return [
    '--password-file',
    run.passwordFile,
    '--resolver',
    run.resolver,
    '--acme-http-port',
    String(run.acmeHttpPort),
    '--insecure',
    run.configFile,
  ];
}
