import { ConsoleError } from '../../../../shared/errors.ts';
import { catalogue } from '../../../servers/catalogue.ts';

export interface Image {
  /** Reference with its version, and its digest where that is known. */
  readonly path: string;
  readonly version: string;
}

export const imageNames = ['openbao', 'postgres', 'step-ca', 'responder'] as const;
export type ImageName = (typeof imageNames)[number];
export type Images = Readonly<Record<ImageName, Image>>;

const image = (name: string, version: string): Image => ({ path: `${name}:${version}`, version });

/** Pinned by version: what `latest` is tomorrow nobody has tried (failure mode C34). */
export const pinnedImages: Images = {
  openbao: image('openbao/openbao', catalogue.openbao.version),
  postgres: image('postgres', catalogue.postgres.version),
  'step-ca': image('smallstep/step-ca', catalogue['step-ca'].version),
  responder: image('bootroot-http01-responder', '0.3.0'),
};

/** As the bootroot tools' deployment file has them (formats-newer.md, "Compose, ports, instance"). */
const variables: Readonly<Record<ImageName, string>> = {
  openbao: 'OPENBAO_IMAGE',
  postgres: 'POSTGRES_IMAGE',
  'step-ca': 'BOOTROOT_STEP_CA_IMAGE',
  responder: 'BOOTROOT_HTTP01_IMAGE',
};

/** The version that a reference names: `18.4` of `registry.example/postgres:18.4-bookworm`; undefined: none, or a name that moves. */
const versionOf = (reference: string): string | undefined =>
  /:v?(\d+(?:\.\d+)*)(?:-[^:/@]*)?(?:@sha256:[0-9a-f]{64})?$/.exec(reference)?.[1];

/** What this host's environment wants instead, such as an image of a registry of one's own. Throws `compose_image_version`. */
export function imagesOf(environment: Readonly<Record<string, string | undefined>> = process.env): Images {
  const chosen = imageNames.map((name): readonly [ImageName, Image] => {
    const path = environment[variables[name]];
    if (path === undefined || path === '') return [name, pinnedImages[name]];
    const version = versionOf(path);
    if (version === undefined) throw new ConsoleError('compose_image_version', { image: path });
    return [name, { path, version }];
  });
  return Object.fromEntries(chosen) as Record<ImageName, Image>;
}

/** The same image in another version. */
export const inVersion = ({ path }: Image, version: string): Image => ({
  path: `${path.replace(/@.*$/, '').replace(/:[^:/]+$/, '')}:${version}`,
  version,
});

/**
 * The same image by the digest by which a registry knows it.
 * @param digests `name@sha256:…`, as the engine has them; none for an image that was made or loaded here
 */
export function withDigest({ path, version }: Image, digests: readonly string[]): Image {
  if (path.includes('@')) return { path, version };
  const name = path.replace(/:[^:/]+$/, '');
  // The engine writes the names of the usual registry short.
  const found = digests.find((digest) => digest.split('@')[0] === name);
  return found === undefined ? { path, version } : { path: `${path}@${found.split('@')[1] ?? ''}`, version };
}

/** No registry has it: the console makes it of itself. */
export const ownImage: ImageName = 'responder';
