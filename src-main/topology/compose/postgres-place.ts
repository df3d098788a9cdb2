import type { ContainerPlace } from '../../docker/container-files.ts';
import { majorOf } from '../../servers/catalogue.ts';
import { postgresData } from './postgres-data.ts';
import type { ContainerLayout } from './render.ts';
import { suffixOf } from './services.ts';

/** The container of PostgreSQL with its cluster. */
export const postgresPlace = ({
  programs,
  compose,
}: ContainerLayout): ContainerPlace & { readonly data: string } => ({
  container: `${compose.instance}-${suffixOf.postgres}`,
  user: 'postgres',
  data: postgresData(majorOf(programs.postgres.version)),
});
