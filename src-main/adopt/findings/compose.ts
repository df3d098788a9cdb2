import { message } from '../../../shared/message.ts';
import type { Oddity } from '../../../shared/contract/adopt.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import type { Finder } from '../world.ts';

const floating = /image:\s*["']?([\w./-]+(?::latest)?)["']?\s*$/gm;

/** Images by a name that means another version tomorrow: the way into failure mode C34. */
export const imagesFinder: Finder = async ({ paths }) => {
  const files = [paths.composeFile, paths.openbaoAgentComposeOverride, paths.responderComposeOverride];
  const found = await Promise.all(
    files.map(async (path): Promise<Oddity[]> => {
      const text = await readTextFileIfPresent(path).catch(() => undefined);
      const images = [...new Set([...(text ?? '').matchAll(floating)].map(([, image]) => image ?? ''))];
      if (images.length === 0) return [];
      const severity = images.some((image) => image.includes('openbao')) ? 'critical' : 'warning';
      const params = { images: images.join(', ') };
      return [
        { id: `image:${path}`, severity, what: path, text: message('adopt.text.floating_image', params) },
      ];
    }),
  );
  return found.flat();
};
