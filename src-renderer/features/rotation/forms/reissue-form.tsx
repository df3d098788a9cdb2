import { useState, type ReactNode } from 'react';
import { serviceWords } from '../command.ts';
import { FormFrame } from './form-frame.tsx';
import { ServiceChoice, type ServiceSelection } from './service-choice.tsx';
import type { TargetFormProps } from './target-form.ts';

/** New certificates: for which services. */
export function ReissueForm(props: TargetFormProps): ReactNode {
  const [ids, setIds] = useState<ServiceSelection>('all');
  return (
    <FormFrame
      {...props}
      input={ids !== 'all' && ids.length === 0 ? undefined : { ids }}
      words={serviceWords(ids)}
    >
      <ServiceChoice value={ids} onChange={setIds} />
    </FormFrame>
  );
}
