import { createContext, use, type ReactNode } from 'react';
import type { CertificateSource } from '../../../shared/contract/certificates.ts';

/** The file that a viewer shows, and the password it was opened with; kept by the viewer only. */
export interface ViewerSource {
  readonly source: CertificateSource;
  readonly password: string | undefined;
}

const SourceContext = createContext<ViewerSource | undefined>(undefined);

export function ViewerSourceProvider({
  value,
  children,
}: {
  value: ViewerSource;
  children: ReactNode;
}): ReactNode {
  return <SourceContext value={value}>{children}</SourceContext>;
}

export function useViewerSource(): ViewerSource {
  const source = use(SourceContext);
  if (source === undefined) throw new Error('no viewer above this component');
  return source;
}
