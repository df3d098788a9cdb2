import type { Asn1View, Inspection } from '../../shared/contract/certificates.ts';
import { readManyFields, type FieldsOrFault } from './certificate-fields.ts';
import { asn1OfItem, inspectBytes, type InspectionOptions } from './inspection.ts';

/** The work that may be heavy, as data. */
export type Job =
  | { readonly kind: 'inspect'; readonly bytes: Uint8Array; readonly options: InspectionOptions }
  | {
      readonly kind: 'asn1';
      readonly bytes: Uint8Array;
      readonly item: number;
      readonly from: number;
      readonly password?: string;
    }
  | { readonly kind: 'fields'; readonly ders: readonly Uint8Array[] };

/** What each job answers. */
export interface JobResults {
  readonly inspect: Inspection;
  readonly asn1: Asn1View;
  readonly fields: FieldsOrFault[];
}

/** Does a job in this thread. Errors as the function behind it says. */
export async function runJob(job: Job): Promise<JobResults[Job['kind']]> {
  switch (job.kind) {
    case 'inspect':
      return inspectBytes(job.bytes, job.options);
    case 'asn1':
      return asn1OfItem(job.bytes, job.item, job.from, job.password);
    case 'fields':
      return readManyFields(job.ders);
  }
}
