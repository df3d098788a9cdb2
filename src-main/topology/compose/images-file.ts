import { stat } from 'node:fs/promises';
import { message, type Message } from '../../../shared/message.ts';
import { fileFailure } from '../../workspace/file-failure.ts';

/** Why a file with images cannot be read; undefined: it can. */
export async function imagesFileProblem(file: string): Promise<Message | undefined> {
  try {
    return (await stat(file)).isFile() ? undefined : message('error.not_a_file.what', { path: file });
  } catch (error) {
    const { code, params } = fileFailure(error, file).data;
    return message(`error.${code}.what`, params);
  }
}
