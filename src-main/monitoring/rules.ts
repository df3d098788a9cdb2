import type { AlertRule, RuleGroup } from './alert-rule.ts';
import { stateRules } from './state-rules.ts';
import { workRules } from './work-rules.ts';

/** Every alert that the console's own numbers and those of its agents give rise to. */
export const ruleGroups: readonly RuleGroup[] = [...stateRules, ...workRules];

/** A quoted scalar of YAML. */
const text = (content: string): string => `'${content.replaceAll("'", "''")}'`;

function renderRule({ alert, expr, for: held, severity, summary, description }: AlertRule): string {
  return [
    `      - alert: ${alert}`,
    `        expr: ${text(expr)}`,
    `        for: ${held}`,
    '        labels:',
    `          severity: ${severity}`,
    '        annotations:',
    `          summary: ${text(summary)}`,
    `          description: ${text(description)}`,
  ].join('\n');
}

/** The rules as a file of Prometheus. @param held replaces how long each must hold, for tests */
export const renderRules = (groups: readonly RuleGroup[], held?: string): string =>
  `groups:\n${groups
    .map(
      ({ name, rules }) =>
        `  - name: ${name}\n    rules:\n${rules
          .map((one) => renderRule(held === undefined ? one : { ...one, for: held }))
          .join('\n')}`,
    )
    .join('\n')}\n`;

/** As `assets/monitoring/prometheus/bootroot.rules.yml` has them. */
export const alertRules = renderRules(ruleGroups);
