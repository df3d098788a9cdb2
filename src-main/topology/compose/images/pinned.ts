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

/** No registry has it: the console makes it of itself. */
export const ownImage: ImageName = 'responder';
