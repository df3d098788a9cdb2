import { useId, type ReactNode } from 'react';
import type { Series } from '../../../shared/contract/monitoring.ts';
import { useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { box, pathOf, scaleOf } from './chart-scale.ts';

interface LineChartProps {
  readonly title: string;
  readonly series: readonly Series[];
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  readonly unit: string;
  readonly asTable: boolean;
}

const at = (points: Series['points'], moment: number): number | undefined =>
  points.find(([when]) => when === moment)?.[1];

/** Values over time as lines that differ in dash as well as in colour, or the same as a table. */
export function LineChart({ title, series, from, to, stepMs, unit, asTable }: LineChartProps): ReactNode {
  const t = useT();
  const words = useWords();
  const id = useId();
  const round = (value: number): string => words.number(Math.round(value * 100) / 100);
  const shown = series.filter(({ points }) => points.length > 0);
  const scale = scaleOf(shown, from, to);
  const moments = [...new Set(shown.flatMap(({ points }) => points.map(([when]) => when)))].sort(
    (a, b) => b - a,
  );
  const lastOf = ({ points }: Series): string => {
    const last = points.at(-1);
    return last === undefined ? '' : `${round(last[1])} ${unit}`;
  };
  return (
    <figure className="bc-chart" aria-labelledby={id}>
      <figcaption id={id}>{title}</figcaption>
      {shown.length === 0 ? <p className="bc-muted">{t('monitoring.chart.none')}</p> : null}
      {shown.length > 0 && asTable ? (
        <div className="bc-chart-table" tabIndex={0} role="region" aria-label={title}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('monitoring.chart.time')}</th>
                {shown.map(({ name }) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {moments.map((moment) => (
                <tr key={moment}>
                  <th scope="row">{words.absolute(moment)}</th>
                  {shown.map(({ name, points }) => {
                    const value = at(points, moment);
                    return <td key={name}>{value === undefined ? '' : round(value)}</td>;
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {shown.length > 0 && !asTable ? (
        <>
          <svg
            viewBox={`0 0 ${box.width} ${box.height}`}
            role="img"
            aria-label={`${title}: ${shown.map((one) => `${one.name} ${lastOf(one)}`).join(', ')}`}
          >
            {[0, 0.5, 1].map((share) => (
              <g key={share}>
                <line
                  className="bc-chart-grid"
                  x1={box.left}
                  x2={box.width - box.right}
                  y1={scale.y(scale.top * share)}
                  y2={scale.y(scale.top * share)}
                />
                <text x={box.left - 6} y={scale.y(scale.top * share) + 4} textAnchor="end">
                  {round(scale.top * share)}
                </text>
              </g>
            ))}
            <text x={box.left} y={box.height - 4}>
              {words.moment(from)}
            </text>
            <text x={box.width - box.right} y={box.height - 4} textAnchor="end">
              {words.moment(to)}
            </text>
            {shown.map((one, index) => (
              <path
                key={one.name}
                className="bc-chart-line"
                data-line={index % 6}
                d={pathOf(one, scale, stepMs)}
              />
            ))}
          </svg>
          <ul className="bc-chart-names">
            {shown.map((one, index) => (
              <li key={one.name}>
                <svg viewBox="0 0 24 6" aria-hidden>
                  <path className="bc-chart-line" data-line={index % 6} d="M0 3H24" />
                </svg>
                {one.name} <span className="bc-muted">{lastOf(one)}</span>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </figure>
  );
}
