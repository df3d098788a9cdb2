import type { CertificateView } from '../../../shared/contract/certificates.ts';

type Validity = CertificateView['validity'];
export type MarkKind = 'now' | 'renew' | 'horizon';

export interface Mark {
  readonly kind: MarkKind;
  readonly at: number;
  /** 0 to 100 along the bar from not-before to not-after. */
  readonly percent: number;
  /** Near an end its label must lean inwards. */
  readonly edge: 'start' | 'end' | 'middle';
}

const percentOf = ({ notBefore, notAfter }: Validity, at: number): number =>
  notAfter <= notBefore ? 100 : Math.min(Math.max(((at - notBefore) / (notAfter - notBefore)) * 100, 0), 100);

const edgeOf = (percent: number): Mark['edge'] => (percent < 12 ? 'start' : percent > 88 ? 'end' : 'middle');

/** Where now, the renewal point and the end of the issuing CA lie on the bar. A CA that outlives the certificate has no mark. */
export function marksOf(validity: Validity): readonly Mark[] {
  const { horizon, notAfter } = validity;
  const points: readonly (readonly [MarkKind, number])[] = [
    ['now', validity.now],
    ['renew', validity.renewAt],
    ...(horizon === undefined || horizon.at >= notAfter ? [] : [['horizon', horizon.at] as const]),
  ];
  return points.map(([kind, at]) => {
    const percent = percentOf(validity, at);
    return { kind, at, percent, edge: edgeOf(percent) };
  });
}
