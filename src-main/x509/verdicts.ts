import type { Verdict } from '../../shared/contract/certificates.ts';
import { message } from '../../shared/message.ts';
import type { Certificate } from './certificate-fields.ts';
import type { ChainBuilder, Path } from './chain.ts';
import { pathFindings, purposeFindings, titleOf, type TlsPurpose } from './path-validation.ts';

/** A set of anchors that somebody trusts, by the name an operator knows it by. */
export interface TrustStore {
  readonly name: string;
  /** DER certificates: anchors, and intermediates that help to reach them. */
  readonly certificates: readonly Uint8Array[];
}

const purposes = ['server', 'client'] as const;

const anchorOf = (path: Path): Certificate | undefined => path.certificates[path.certificates.length - 1];

function judge(
  paths: readonly Path[],
  by: string,
  known: boolean,
  purpose: TlsPurpose,
  now: number,
  wantedName: string | undefined,
): Verdict {
  let refusal: Verdict | undefined;
  for (const path of paths) {
    const anchor = anchorOf(path);
    const first = [
      ...pathFindings(path.certificates, now, true),
      ...purposeFindings(path.certificates, purpose, wantedName),
    ].find(({ severity }) => severity === 'error');
    if (first !== undefined) {
      refusal ??= { by, known, purpose, accepted: false, because: first.message };
    } else if (anchor !== undefined) {
      const because = message('certificates.verdict.chain', { anchor: titleOf(anchor.fields) });
      return { by, known, purpose, accepted: true, because };
    }
  }
  return refusal ?? { by, known, purpose, accepted: false, because: message('certificates.verdict.no_path') };
}

/**
 * Would a peer that trusts a store accept the leaf, for each purpose and with the reason. Without any store the file's own
 * roots stand in, marked as known to nobody.
 * @param anchorsBy anchors (SHA-256) of each store by its name
 */
export function verdictsOf(
  leaf: Certificate,
  builder: ChainBuilder,
  anchorsBy: ReadonlyMap<string, ReadonlySet<string>>,
  now: number,
  wantedName?: string,
): Verdict[] {
  if (leaf.fields.ca === true) return [];
  const verdicts: Verdict[] = [];
  for (const [by, anchors] of anchorsBy) {
    const paths = builder
      .paths(leaf, ({ fields }) => anchors.has(fields.sha256))
      .filter(({ end }) => end === 'anchor');
    for (const purpose of purposes) verdicts.push(judge(paths, by, true, purpose, now, wantedName));
  }
  if (anchorsBy.size > 0) return verdicts;
  const own = builder.paths(leaf, () => false).filter(({ end }) => end === 'self_signed');
  const root = own[0] === undefined ? undefined : anchorOf(own[0]);
  if (root === undefined) return [];
  for (const purpose of purposes) {
    verdicts.push(judge(own, titleOf(root.fields), false, purpose, now, wantedName));
  }
  return verdicts;
}
