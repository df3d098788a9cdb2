import { maxCertificateFileBytes } from '../../../shared/contract/certificates.ts';

/** Base64 of bytes, in pieces: a whole file as arguments of one call would overflow the stack. */
export function toBase64(bytes: Uint8Array): string {
  const piece = 0x8000;
  let text = '';
  for (let at = 0; at < bytes.length; at += piece) {
    text += String.fromCharCode(...bytes.subarray(at, at + piece));
  }
  return btoa(text);
}

export interface DroppedFile {
  readonly name: string;
  readonly base64: string;
}

/** A dropped file for the viewer, or undefined when it is larger than the viewer reads. */
export async function readDropped(file: File): Promise<DroppedFile | undefined> {
  if (file.size > maxCertificateFileBytes) return undefined;
  return { name: file.name.slice(0, 300), base64: toBase64(new Uint8Array(await file.arrayBuffer())) };
}
