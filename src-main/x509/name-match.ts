import type { NameConstraints } from './extensions.ts';
import type { GeneralName } from './general-names.ts';
import { addressBytes, cidrBytes } from './ip-address.ts';

const lower = (text: string): string => text.toLowerCase().replace(/\.$/, '');

/** Whether a certificate for `names` is valid for `wanted`, a DNS name or an address (RFC 9525 chapter 6). */
export function matchesName(names: readonly GeneralName[], wanted: string): boolean {
  const address = addressBytes(wanted);
  if (address !== undefined) {
    return names.some(({ kind, value }) => {
      const other = kind === 'ip' ? addressBytes(value) : undefined;
      return other !== undefined && Buffer.compare(address, other) === 0;
    });
  }
  const host = lower(wanted);
  return names.some(({ kind, value }) => {
    if (kind !== 'dns') return false;
    const pattern = lower(value);
    if (pattern === host) return true;
    // A wildcard stands for exactly one whole label, the left-most.
    const rest = pattern.startsWith('*.') ? pattern.slice(1) : undefined;
    return rest !== undefined && host.endsWith(rest) && /^[^.]+$/.test(host.slice(0, -rest.length));
  });
}

function dnsWithin(name: string, constraint: string): boolean {
  const [value, base] = [lower(name), lower(constraint)];
  if (base === '' || value === base) return true;
  return value.endsWith(base.startsWith('.') ? base : `.${base}`);
}

function addressWithin(name: string, constraint: string): boolean {
  const address = addressBytes(name);
  const range = cidrBytes(constraint);
  if (address === undefined || range?.length !== address.length * 2) return false;
  return address.every(
    (byte, index) => (byte & (range[address.length + index] ?? 0)) === (range[index] ?? 0),
  );
}

function emailWithin(name: string, constraint: string): boolean {
  if (constraint.includes('@')) return name === constraint;
  const host = lower(name.slice(name.lastIndexOf('@') + 1));
  const base = lower(constraint);
  return base.startsWith('.') ? host.endsWith(base) : host === base;
}

function uriWithin(name: string, constraint: string): boolean {
  const host = lower(/^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?([^:/?#]+)/i.exec(name)?.[1] ?? '');
  const base = lower(constraint);
  return base.startsWith('.') ? host.endsWith(base) : host === base;
}

/** Texts are RFC 4514, most particular part first, so a subtree is a suffix that begins at an unescaped comma. */
function directoryWithin(name: string, constraint: string): boolean {
  if (constraint === '' || name === constraint) return true;
  if (!name.endsWith(`,${constraint}`)) return false;
  const before = name.slice(0, -constraint.length - 1);
  const slashes = before.length - before.replace(/\\+$/, '').length;
  return slashes % 2 === 0;
}

/** Whether `name` lies in the subtree of `constraint`, both of one kind (RFC 5280 4.2.1.10). */
function within(name: GeneralName, constraint: GeneralName): boolean {
  switch (name.kind) {
    case 'dns':
      return dnsWithin(name.value, constraint.value);
    case 'ip':
      return addressWithin(name.value, constraint.value);
    case 'email':
      return emailWithin(name.value, constraint.value);
    case 'uri':
      return uriWithin(name.value, constraint.value);
    case 'directory':
      return directoryWithin(name.value, constraint.value);
    case 'registeredId':
    case 'other':
      // Constraints on these are not understood here; what is constrained and not understood does not pass.
      return name.value === constraint.value;
  }
}

/** The first name that `constraints` forbid, undefined when all pass. */
export function forbiddenName(
  names: readonly GeneralName[],
  { permitted, excluded }: NameConstraints,
): GeneralName | undefined {
  return names.find((name) => {
    const same = ({ kind }: GeneralName): boolean => kind === name.kind;
    if (excluded.some((constraint) => same(constraint) && within(name, constraint))) return true;
    const allowed = permitted.filter(same);
    return allowed.length > 0 && !allowed.some((constraint) => within(name, constraint));
  });
}
