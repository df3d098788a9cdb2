import { useParams } from '@tanstack/react-router';

/** The `$id` of the present address; empty on pages without one. */
export function usePathId(): string {
  const params: unknown = useParams({ strict: false });
  if (typeof params !== 'object' || params === null || !('id' in params)) return '';
  return typeof params.id === 'string' ? params.id : '';
}
