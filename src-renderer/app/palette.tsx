import { Kbd } from '@mantine/core';
import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { usePlanner } from '../features/operations/planner.tsx';
import { useT } from './i18n.tsx';
import { pages } from './keyboard.ts';
import { usePreferences } from './preferences.tsx';
import { useProcedure } from './procedures.ts';

/** `Ctrl K`: every page, every action, every service by name. */
export function Palette({ showKeys }: { showKeys: () => void }): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const plan = usePlanner();
  const { preferences, change } = usePreferences();
  const [query, setQuery] = useState('');
  const found = useProcedure(
    'services.list',
    { search: query.trim().slice(0, 200), limit: 8 },
    { enabled: query.trim() !== '', keep: true },
  );
  const toPages: SpotlightActionData[] = pages.map(({ id, to, letter }) => ({
    id: `page-${id}`,
    label: t(`nav.${id}`),
    rightSection: (
      <span className="bc-shortcut">
        <Kbd size="xs">g</Kbd> <Kbd size="xs">{letter}</Kbd>
      </span>
    ),
    onClick: () => void navigate({ to }),
  }));
  const actions: SpotlightActionData[] = [
    {
      id: 'service-add',
      label: t('palette.addService'),
      onClick: () => void navigate({ to: '/services/new' }),
    },
    { id: 'adopt', label: t('adopt.palette'), onClick: () => void navigate({ to: '/adopt' }) },
    {
      id: 'infra-up',
      label: t('palette.infraUp'),
      onClick: () => plan({ kind: 'infra.up', input: {} }),
    },
    {
      id: 'language',
      label: t('palette.language'),
      onClick: () => change({ locale: preferences.locale === 'en' ? 'ko' : 'en' }),
    },
    {
      id: 'density',
      label: t('palette.density'),
      onClick: () => change({ density: preferences.density === 'dense' ? 'comfortable' : 'dense' }),
    },
    { id: 'keys', label: t('keys.title'), onClick: showKeys },
  ];
  const services: SpotlightActionData[] = (found.data?.items ?? []).map((service) => ({
    id: `service-${service.id}`,
    label: service.id,
    description: service.identity,
    keywords: [query],
    onClick: () => void navigate({ to: '/services/$id', params: { id: service.id } }),
  }));
  const groups: SpotlightActionGroupData[] = [
    { group: t('palette.pages'), actions: toPages },
    { group: t('palette.actions'), actions },
    ...(services.length === 0 ? [] : [{ group: t('nav.services'), actions: services }]),
  ];
  return (
    <Spotlight
      actions={groups}
      query={query}
      onQueryChange={setQuery}
      shortcut="mod + K"
      title={t('header.palette')}
      nothingFound={t('palette.nothing')}
      highlightQuery
      scrollable
      // More commands than fit are reached by whoever moves without a mouse, too.
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      overlayProps={{ blur: 0, backgroundOpacity: 0.4 }}
      maxHeight={420}
      transitionProps={{ duration: 0 }}
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: t('header.palette'),
        'aria-label': t('header.palette'),
      }}
    />
  );
}
