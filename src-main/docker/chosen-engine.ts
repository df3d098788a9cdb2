import { endpointOf, type DockerEnvironment } from './endpoint.ts';

/** An engine in the words of `DOCKER_HOST`, and the directory of the three PEM files for one with TLS. */
export interface EngineChoice {
  readonly host: string;
  readonly certPath?: string | undefined;
}

const chosen: { flag?: EngineChoice | undefined; setting?: EngineChoice | undefined } = {};

const said = ({ host, certPath }: EngineChoice): DockerEnvironment => ({
  DOCKER_HOST: host,
  // An engine over TCP is root on its host for whoever reaches it: never without verification.
  DOCKER_TLS_VERIFY: host.startsWith('tcp:') ? '1' : '',
  ...(certPath === undefined || certPath === '' ? {} : { DOCKER_CERT_PATH: certPath }),
});

/** Throws `docker_endpoint`, `docker_certificates`. */
export function checkEngine(choice: EngineChoice | undefined): void {
  if (choice !== undefined) endpointOf({ ...process.env, ...said(choice) });
}

/** Of the command line of this process: counts before everything else. Throws as {@link checkEngine}. */
export function forceEngine(choice: EngineChoice | undefined): void {
  checkEngine(choice);
  chosen.flag = choice;
}

/**
 * What the person set; undefined: nothing. Not checked: where its certificates are gone meanwhile, asking it says so, and no other
 * engine is taken for it.
 */
export function chooseEngine(choice: EngineChoice | undefined): void {
  chosen.setting = choice;
}

/** Who says which engine is talked to: the command line, the environment, the setting, or nobody, and then it is the usual socket. */
export function engineSaidBy(
  environment: DockerEnvironment = process.env,
): 'flag' | 'environment' | 'setting' | 'nobody' {
  if (chosen.flag !== undefined) return 'flag';
  if ((environment['DOCKER_HOST'] ?? '') !== '') return 'environment';
  return chosen.setting === undefined ? 'nobody' : 'setting';
}

/** The environment of this process with the engine that counts, for the engine's client and for the docker command alike. */
export function engineEnvironment(environment: DockerEnvironment = process.env): DockerEnvironment {
  const choice = { flag: chosen.flag, setting: chosen.setting, environment: undefined, nobody: undefined }[
    engineSaidBy(environment)
  ];
  return choice === undefined ? environment : { ...environment, ...said(choice) };
}
