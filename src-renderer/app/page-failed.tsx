import type { ErrorComponentProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ErrorPanel } from '../ui/error-panel.tsx';
import { toConsoleError } from './remote-error.ts';

/** A page that could not be drawn; the frame around it lives on. */
export function PageFailed({ error, reset }: ErrorComponentProps): ReactNode {
  return <ErrorPanel error={toConsoleError(error).data} onRetry={reset} />;
}
