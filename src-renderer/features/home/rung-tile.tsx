import type { ReactNode } from 'react';
import type { Overview } from '../../../shared/contract/home.ts';
import { rungs as names } from '../../../shared/contract/services.ts';
import { useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { Tile } from './tile.tsx';

const known = ['proved', ...[...names].reverse()] as const;

/** How many services are proved whole, and at which rung the others stop. */
export function RungTile({ rungs }: { rungs: Overview['rungs'] }): ReactNode {
  const t = useT();
  const words = useWords();
  const total = rungs.reduce((sum, { services }) => sum + services, 0);
  return (
    <Tile title={t('home.tile.rungs')} to="/services" aside={words.number(total)}>
      {total === 0 ? <p className="bc-muted">{t('services.none')}</p> : null}
      {total === 0
        ? null
        : known.map((rung) => {
            const count = rungs.find((each) => each.rung === rung)?.services ?? 0;
            return (
              <div key={rung} className="bc-bar" data-rung={rung}>
                <span>
                  {rung === 'proved' ? t('home.allProved') : t('home.stopsAt', { rung: t(`rung.${rung}`) })}
                </span>
                <span className="bc-bar-track" aria-hidden>
                  <i style={{ width: `${(count / total) * 100}%` }} />
                </span>
                <span className="bc-number">{words.number(count)}</span>
              </div>
            );
          })}
    </Tile>
  );
}
