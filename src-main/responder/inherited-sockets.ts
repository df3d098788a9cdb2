type Environment = Record<string, string | undefined>;

/** First descriptor that systemd hands over (sd_listen_fds(3)). */
const first = 3;

/** Sockets that systemd opened for this program: descriptors by what they are for. */
export interface InheritedSockets {
  readonly challenge?: number;
  readonly admin?: number;
}

/**
 * Takes the sockets of systemd socket activation (sd_listen_fds(3)). Their names (`FileDescriptorName=`) are `challenge` and `admin`; without
 * names the first is the challenge listener and the second the admin listener. The variables are removed, so that no child takes them too.
 * @param pid of this process: sockets of another are not ours
 */
export function inheritedSockets(environment: Environment, pid: number): InheritedSockets {
  const { LISTEN_PID: owner, LISTEN_FDS: count, LISTEN_FDNAMES: names } = environment;
  for (const key of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete environment[key];
  if (Number(owner) !== pid || !/^\d{1,3}$/.test(count ?? '')) return {};
  const descriptors = Array.from({ length: Number(count) }, (_, index) => first + index);
  const words = (names ?? '').split(':');
  const named = words.some((word) => word === 'challenge' || word === 'admin');
  const find = (word: string, place: number): number | undefined =>
    descriptors[named ? words.indexOf(word) : place];
  const [challenge, admin] = [find('challenge', 0), find('admin', 1)];
  return {
    ...(challenge === undefined ? {} : { challenge }),
    ...(admin === undefined ? {} : { admin }),
  };
}
