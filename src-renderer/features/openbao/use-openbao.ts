import type { UseQueryResult } from '@tanstack/react-query';
import type { OpenBaoStatus } from '../../../shared/contract/openbao.ts';
import type { ConsoleError } from '../../../shared/errors.ts';
import { useProcedure } from '../../app/procedures.ts';

/** OpenBao as it is now, asked again while the page is looked at. */
export const useOpenBao = (): UseQueryResult<OpenBaoStatus, ConsoleError> =>
  useProcedure('openbao.status', {}, { refetchEvery: 10_000 });
