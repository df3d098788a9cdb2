import type { ReactNode } from 'react';
import type { AdoptReport } from '../../../shared/contract/adopt.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Mono } from '../../ui/mono.tsx';
import { Section } from '../../ui/section.tsx';
import { below } from './oddity-list.tsx';

/** Which generation, which servers, which services; and what each file says of itself. */
export function FoundSection({ report }: { readonly report: AdoptReport }): ReactNode {
  const t = useT();
  const say = useMessage();
  const { path, generation, servers, services, objects } = report;
  return (
    <Section title={t('adopt.found')}>
      <Facts
        facts={[
          { label: t('adopt.found.generation'), value: t(`adopt.generation.name.${generation}`) },
          ...servers.map(({ name, version, state, address }) => ({
            label: version === undefined ? name : `${name} ${version}`,
            value: (
              <>
                <Mono value={address} length={60} /> {say(state)}
              </>
            ),
          })),
        ]}
      />
      {services.length === 0 ? null : (
        <>
          <strong>{t('adopt.found.services')}</strong>
          <ul className="bc-plain">
            {services.map(({ id, identity, how }) => (
              <li key={id}>
                <Mono value={identity} length={90} /> {t(`adopt.how.${how}`)}
              </li>
            ))}
          </ul>
        </>
      )}
      <Disclosure label={t('adopt.found.objects')}>
        <ul className="bc-plain">
          {objects.map((object) => (
            <li key={object.path}>
              {say(object.what)} <Mono value={below(object.path, path)} length={80} />{' '}
              {t(`adopt.generation.name.${object.generation}`)}
            </li>
          ))}
        </ul>
      </Disclosure>
    </Section>
  );
}
