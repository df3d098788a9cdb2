/** One alert of Prometheus. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold. */
  readonly for: string;
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
  readonly description: string;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly AlertRule[];
}

export const rule = (
  alert: string,
  severity: AlertRule['severity'],
  expr: string,
  held: string,
  summary: string,
  description: string,
): AlertRule => ({ alert, severity, expr, for: held, summary, description });

export const humanDuration = '{{ $value | humanizeDuration }}';
