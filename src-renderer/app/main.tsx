import '@mantine/core/styles.css';
import '@mantine/spotlight/styles.css';
import '@mantine/notifications/styles.css';
import './styles.ts';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, useState, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import * as z from 'zod';
import { IdleLock } from './idle-lock.tsx';
import { redeemStart } from './start-session.ts';
import { ClientContext, useConnection } from './client-context.tsx';
import { createClient, type Client } from './client.ts';
import { LockedScreen } from './locked-screen.tsx';
import { PreferencesProvider } from './preferences.tsx';
import { createQueryClient } from './procedures.ts';
import { loadPages, router } from './router.tsx';
import { SessionProvider } from './session.tsx';
import { createShown, forgetShown } from './shown.ts';
import { theme, variables } from './theme.ts';
import { openLink } from './transport.ts';
import { ConnectionBanner } from './connection-banner.tsx';

// The page's security policy has no unsafe-eval, so schemas are interpreted.
z.config({ jitless: true });

function Product(): ReactNode {
  const connection = useConnection();
  const [started, setStarted] = useState(false);
  if (!started && connection.state === 'open') setStarted(true);
  if (connection.state === 'unauthorised') return <LockedScreen />;
  if (!started) return <ConnectionBanner />;
  return (
    <SessionProvider>
      <IdleLock />
      <RouterProvider router={router} />
    </SessionProvider>
  );
}

function Everything({ client }: { client: Client }): ReactNode {
  const [queries] = useState(createQueryClient);
  return (
    <StrictMode>
      <ClientContext value={client}>
        <QueryClientProvider client={queries}>
          <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
            <PreferencesProvider>
              <Notifications position="bottom-right" transitionDuration={0} />
              <Product />
            </PreferencesProvider>
          </MantineProvider>
        </QueryClientProvider>
      </ClientContext>
    </StrictMode>
  );
}

async function start(): Promise<void> {
  const place = document.getElementById('root');
  if (place === null) return;
  // A fresh address begins with what the console has open, not with what this tab showed before.
  if ((await redeemStart(location, history)) === 'accepted') forgetShown(sessionStorage);
  createRoot(place).render(<Everything client={createClient(openLink, createShown(sessionStorage))} />);
  // Pages come in pieces; all are there before the connection may be lost.
  requestIdleCallback(loadPages, { timeout: 5_000 });
}

void start();
