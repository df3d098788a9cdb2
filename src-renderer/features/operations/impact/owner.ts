import type { Effect } from '../../../../shared/contract/operations.ts';

/** Places that have the name of a service in them, as the tools lay them out. */
const ofService: readonly RegExp[] = [
  /(?:^|\/)bootroot\/services\/([^/]+)\//,
  /\/role\/bootroot-service-([^/]+)/,
  /^bootroot-service-([^/]+)$/,
  /\/services\/([^/]+)\/[^/]+$/,
  /(?:^|\/)agents\/([^/]+)\/agent\.toml$/,
  /(?:^|\/)certs\/(?!ca-bundle)([^/]+)\.(?:crt|key)$/,
];

/** Places that one server reads. */
const ofServer: readonly (readonly [RegExp, string])[] = [
  [
    /(?:^|\/)(?:ca\.json|password\.txt(?:\.new)?|(?:root|intermediate)_ca(?:_key)?(?:\.crt)?(?:\.new)?)$/,
    'step-ca',
  ],
  [/bootroot\/stepca\//, 'step-ca'],
  [/(?:^|\/)responder\.toml$/, 'responder'],
  [/bootroot\/responder\//, 'responder'],
];

/** Whether a reader is one of the servers; every other is a service. */
export const isServer = (name: string): boolean => ofServer.some(([, server]) => server === name);

/** The service or server that reads what an effect changes, by its place; undefined where the place does not say. */
export function ownerOf(effect: Effect): string | undefined {
  if (effect.kind === 'certificate') {
    // <instance>.<service>.<host>.<domain>
    const [instance = '', service, ...rest] = (effect.names[0] ?? '').split('.');
    return /^\d+$/.test(instance) && rest.length > 1 ? service : undefined;
  }
  if (effect.kind === 'database') return 'step-ca';
  if (effect.kind !== 'file' && effect.kind !== 'openbao') return undefined;
  const { path } = effect;
  for (const pattern of ofService) {
    const found = pattern.exec(path)?.[1];
    if (found !== undefined) return found;
  }
  return ofServer.find(([pattern]) => pattern.test(path))?.[1];
}

/** A place with the service's name taken out where it stands last as a whole word: `auth/role/bootroot-service-auth` begins with another. */
export function patternOf(place: string, service: string): string {
  for (
    let at = place.lastIndexOf(service);
    at >= 0;
    at = at === 0 ? -1 : place.lastIndexOf(service, at - 1)
  ) {
    const [before, after] = [place[at - 1] ?? '', place[at + service.length] ?? ''];
    if (/[A-Za-z0-9]/.test(before) || /[A-Za-z0-9-]/.test(after)) continue;
    return `${place.slice(0, at)}*${place.slice(at + service.length)}`;
  }
  return place;
}

/** The same where it is not known which service a place is of: parts of it that are the name of one. */
export const anyPatternOf = (place: string, services: ReadonlySet<string>): string =>
  place
    .split(/([\s/]+)/)
    .map((part) => (services.has(part) ? '*' : part))
    .join('');
