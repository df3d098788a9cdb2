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
