import type { CertificateListItem, CertificateView, Inspection } from '../../shared/contract/certificates.ts';
import type { Rung } from '../../shared/contract/services.ts';
import { validityState } from '../x509/certificate-problems.ts';
import type { Service } from '../services/entry.ts';

/** What a row says of the certificate itself: it stays true while the file does. */
export type CertificateFacts = Omit<CertificateListItem, 'state' | 'service' | 'evidence' | 'path'>;

function kindOf({ sentence }: CertificateView): CertificateListItem['kind'] {
  if (!sentence.ca) return 'leaf';
  return sentence.selfSigned ? 'root' : 'intermediate';
}

const count = (view: CertificateView, severity: 'error' | 'warning'): number =>
  view.problems.filter((problem) => problem.severity === severity).length;

function factsOf(view: CertificateView): CertificateFacts {
  return {
    sha256: view.fingerprints.sha256,
    title: view.sentence.title,
    names: view.names.map(({ value }) => value),
    issuer: view.sentence.issuer,
    serial: view.identifiers.serial,
    kind: kindOf(view),
    key: view.key.label,
    notBefore: view.validity.notBefore,
    notAfter: view.validity.notAfter,
    renewAt: view.validity.renewAt,
    problems: { errors: count(view, 'error'), warnings: count(view, 'warning') },
  };
}

/** Facts of every certificate that an inspection shows in full. */
export const factsIn = (inspection: Inspection): readonly CertificateFacts[] =>
  inspection.certificates.map(factsOf);

/** The highest rung up to which everything is proved; where nothing is, the lowest and what it says. */
function evidenceOf(ladder: readonly Rung[] | undefined): CertificateListItem['evidence'] {
  if (ladder === undefined) return undefined;
  const gap = ladder.findIndex(({ outcome }) => outcome !== 'proved');
  const rung = gap === -1 ? ladder[ladder.length - 1] : ladder[Math.max(0, gap - 1)];
  if (rung === undefined) return undefined;
  return { rung: rung.rung, outcome: rung.outcome, ...(rung.at === undefined ? {} : { at: rung.at }) };
}

/** One row of the list. The proofs of a service speak of its leaf, not of the CAs in its bundle. */
export function rowOf(
  path: string,
  facts: CertificateFacts,
  service: Service | undefined,
  ladders: ReadonlyMap<string, readonly Rung[]>,
  now: number,
): CertificateListItem {
  const owner = facts.kind === 'leaf' ? service : undefined;
  const evidence = owner === undefined ? undefined : evidenceOf(ladders.get(owner.id));
  return {
    ...facts,
    path,
    state: validityState(facts, facts.renewAt, now),
    ...(owner === undefined ? {} : { service: { id: owner.id, name: owner.entry.service_name } }),
    ...(evidence === undefined ? {} : { evidence }),
  };
}
