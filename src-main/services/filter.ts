import {
  soonMs,
  type LeafEnd,
  type ServiceFilters,
  type ServiceSummary,
} from '../../shared/contract/services.ts';
import { headline } from './ladder/rungs.ts';

function leafOf({ expiresAt }: ServiceSummary, now: number): LeafEnd {
  if (expiresAt === undefined) return 'none';
  if (expiresAt <= now) return 'expired';
  return expiresAt - now <= soonMs ? 'soon' : 'later';
}

const allows = <T>(wanted: readonly T[] | undefined, value: T): boolean =>
  wanted === undefined || wanted.length === 0 || wanted.includes(value);

/**
 * Whether a service is among those asked for: of every facet one of its values.
 * @param now unix milliseconds
 */
export function passes(service: ServiceSummary, filters: ServiceFilters, now: number): boolean {
  return (
    allows(filters.outcome, headline(service.ladder)?.outcome ?? 'proved') &&
    allows(filters.leaf, leafOf(service, now)) &&
    allows(filters.delivery, service.deliveryMode) &&
    allows(filters.deploy, service.deployType)
  );
}
